"""The demo city (演示城市): 伊春市 2025, its people synthetic, its exams real rows and rules."""
