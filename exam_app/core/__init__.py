"""The ground every stage stands on: database, clock, errors, forms, crypto, printing."""
