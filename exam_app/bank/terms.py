"""The words of the bank (题库)."""

from enum import StrEnum


class ItemState(StrEnum):
    """Where an item version stands (起草、审题、入库、停用)."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    RETIRED = "retired"


class ReviewVerdict(StrEnum):
    """What a reviewer decided."""

    APPROVED = "approved"
    RETURNED = "returned"
