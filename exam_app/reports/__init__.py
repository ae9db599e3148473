"""Figures, class file, payable list, audit pages (统计与归档)."""
