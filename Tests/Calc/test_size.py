"""Large ranges and many formulas."""

import unittest

import session
from office import ALL_ROWS, values
from sheet_requests import EXAMPLES, FORMULAS, RANGES, fill, rows_of


class Size(unittest.TestCase):
    """Large and many; the limits are on processor time, see Office.timed."""

    def limit(self, what, seconds, most):
        print(f"\n{what}: {seconds[0]:.3f} s of processor time, {seconds[1]:.3f} s on the clock")
        self.assertLess(seconds[0], most, what)

    def test_five_thousand_rows(self):
        header, *rows = rows_of(session.EPILEPSY)
        data = [[rows[i % 236][0], rows[i % 236][1], float(i % 7), float(i // 10)]
                for i in range(5000)]
        request = {"y": [row[:1] for row in data], "x": [row[1:3] for row in data],
                   "groups": [row[3:] for row in data]}
        expected = session.command.rows(**request)
        with session.office.new() as document:
            document.put(0, 0, data)
            document.enter(FORMULAS[0], 20, 20)  # The library is loaded by the first call.
            entered = []
            seconds = session.office.timed(lambda: entered.append(values(document.enter(
                "=GLMM_POISSON(A1:A5000;B1:C5000;D1:D5000)", 6, 0, len(expected), 9))))
            self.assertEqual(entered, [expected])
            self.limit("5,000 rows", seconds, 0.3)

    def test_two_hundred_formulas(self):
        with session.office.new() as document:
            document.put(0, 0, [a + b + c for a, b, c in zip(*(EXAMPLES[0][k] for k in RANGES))])
            document.enter("=GLMM_POISSON(A1:A6;B1:B6;C1:C6)", 20, 0)
            area = document.area(20, 0, 200, 1)
            area.setFormulaArray(
                tuple(("=INDEX(GLMM_POISSON(A1:A6;B1:B6;C1:C6);2;3)",) for _ in range(200)))
            seconds = session.office.timed(document.document.calculateAll)
            number = session.command.rows(**EXAMPLES[0])[1][2]
            self.assertEqual(values(area), [[number]] * 200)
            self.limit("200 formulas of six rows", seconds, 1)

    def test_whole_columns(self):
        expected = session.command.rows(**EXAMPLES[0])
        with session.office.new() as document:
            document.put(0, 0, [a + b + c for a, b, c in zip(*(EXAMPLES[0][k] for k in RANGES))])
            def enter():
                area = document.enter(
                    f"=GLMM_POISSON(A1:A{ALL_ROWS};B1:B{ALL_ROWS};C1:C{ALL_ROWS})", 6, 0,
                    len(expected), 9)
                self.assertEqual(values(area), expected)

            # Nearly all of it is LibreOffice handing three million cells to Python: 1.7 to 2.2 s
            # where this was written, and more on a slower machine. What the limit is to catch, the
            # empty end as JSON, takes 25 s.
            self.limit("whole columns", session.office.timed(enter), 8)

    def test_the_end_is_dropped_as_the_library_drops_it(self):
        """The file of the extension drops empty rows before it makes JSON: `call` has the rule."""
        for filled, length, x_length in [(6, 3000, 2000), (6, 7, 6), (0, 5, 9), (1, 1, 4)]:
            rows = [[float(i % 3), float(i % 4), float(i % 2)] for i in range(filled)]
            empty = [["", "", ""]] * (length - filled)
            with session.office.new() as document:
                document.put(0, 0, rows + empty)
                request = {
                    "y": [row[:1] for row in rows + empty],
                    "x": ([row[1:2] for row in rows] + [[""]] * x_length)[:x_length],
                    "groups": [row[2:] for row in rows + empty]}
                expected = session.command.rows(**request)
                area = document.enter(
                    f"=GLMM_POISSON(A1:A{length};B1:B{x_length};C1:C{length})", 6, 0, 8, 9)
                self.assertEqual(values(area), fill(expected, 8, 9), (filled, length))
