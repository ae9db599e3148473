"""Changes of the bank: items, reviews, imports, blueprints, uses."""

from exam_app.bank.service.blueprints import approve_blueprint, save_blueprint
from exam_app.bank.service.comparing import ImportReport
from exam_app.bank.service.enemies import lift_enemies, note_enemies
from exam_app.bank.service.exports import EXPORTS, export_items
from exam_app.bank.service.imports import (
    check_items,
    enqueue_import,
    import_content,
    import_items,
)
from exam_app.bank.service.items import (
    discard_draft,
    edit_item,
    record_use,
    retire_item,
    review_item,
    review_items,
    submit_item,
    submit_items,
    view_item,
    view_items,
    write_item,
)
from exam_app.bank.service.laws import LawsReport, check_laws, import_laws
from exam_app.bank.service.statistics import record_statistics

__all__ = [
    "EXPORTS",
    "ImportReport",
    "LawsReport",
    "approve_blueprint",
    "check_items",
    "check_laws",
    "discard_draft",
    "edit_item",
    "enqueue_import",
    "export_items",
    "import_content",
    "import_items",
    "import_laws",
    "lift_enemies",
    "note_enemies",
    "record_statistics",
    "record_use",
    "retire_item",
    "review_item",
    "review_items",
    "save_blueprint",
    "submit_item",
    "submit_items",
    "view_item",
    "view_items",
    "write_item",
]
