"""The words of people (机构与人员): kinds of ties and what an event of an account is."""

from enum import StrEnum


class TieKind(StrEnum):
    """How a person or an organisation is bound to an organisation (关联关系)."""

    EMPLOYEE = "employee"
    OWNER = "owner"
    LECTURER = "lecturer"
    AFFILIATE = "affiliate"
