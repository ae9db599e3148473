"""GIFT files: questions of any kind read, items read and written."""

from question_bank.exchange.gift_grammar import GiftQuestion
from question_bank.exchange.gift_reading import parse, read_items, to_json
from question_bank.exchange.gift_writing import write_items

__all__ = ["GiftQuestion", "parse", "read_items", "to_json", "write_items"]
