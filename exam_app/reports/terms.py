"""The words of reports (统计与归档)."""

from enum import StrEnum


class SnapshotKind(StrEnum):
    """What was frozen with its digest when it was handed out."""

    CLASS_FILE = "class_file"
    COVERAGE = "coverage"
    PAYABLE = "payable"
    ACCEPTANCE = "acceptance"
    PAYMENT = "payment"


class Conclusion(StrEnum):
    """How an acceptance (评估验收) ended."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
