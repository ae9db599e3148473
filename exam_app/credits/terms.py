"""The words of credits (学时)."""

from enum import StrEnum


class CreditKind(StrEnum):
    """计入 counts hours towards re-training; 减免 reduces the hours still owed."""

    CREDIT = "credit"
    EXEMPTION = "exemption"


class CreditTarget(StrEnum):
    """The re-training requirement the hours go to."""

    SAFETY = "safety_retraining"
    OCCUPATIONAL_HEALTH = "occupational_health_retraining"
    CONTINUING_EDUCATION = "continuing_education"
