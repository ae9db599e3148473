"""Changes of the bank: items, reviews, imports, blueprints, uses."""

from exam_app.bank.service.blueprints import approve_blueprint, save_blueprint
from exam_app.bank.service.imports import (
    ImportReport,
    check_items,
    import_content,
    import_items,
)
from exam_app.bank.service.items import (
    edit_item,
    record_use,
    retire_item,
    review_item,
    review_items,
    submit_item,
    submit_items,
    view_item,
    write_item,
)

__all__ = [
    "ImportReport",
    "approve_blueprint",
    "check_items",
    "edit_item",
    "import_content",
    "import_items",
    "record_use",
    "retire_item",
    "review_item",
    "review_items",
    "save_blueprint",
    "submit_item",
    "submit_items",
    "view_item",
    "write_item",
]
