"""``python -m exam_app``: the command line."""

from exam_app.cli import main

main()
