"""The item bank as rows: items, reviews, blueprints (题库)."""
