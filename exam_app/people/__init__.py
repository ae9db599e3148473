"""Organisations, persons, accounts, appointments and sign-in (机构、人员、账号)."""
