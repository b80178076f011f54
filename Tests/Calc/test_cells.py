"""Cells of any kind, in a sheet and as the file of the extension sees them."""

import json
import runpy
import sys
import types
import unittest
import unittest.mock

import session
from office import DIVISION, INVALID_ARGUMENT, NOT_AVAILABLE, WRONG_ARGUMENT, values
from sheet_requests import EXAMPLES, RANGES, cells, fill


class Cells(unittest.TestCase):
    """What a sheet may hold beside numbers, and where a formula may stand."""

    def setUp(self):
        self.document = session.office.new()
        self.y = self.document.put(0, 0, EXAMPLES[0]["y"])
        self.x = self.document.put(1, 0, EXAMPLES[0]["x"])
        self.groups = self.document.put(2, 0, EXAMPLES[0]["groups"])
        self.arguments = f"{self.y};{self.x};{self.groups}"

    def tearDown(self):
        self.document.document.close(True)

    def one(self, text):
        (row,) = values(self.document.enter(text, 10, 0))
        return row[0]

    def test_bad_input_is_a_text_in_the_cell(self):
        self.assertEqual(
            self.one(f"=GLMM_POISSON({self.arguments};;;2)"),
            "Invalid input: alpha must be between 0 and 1.")
        self.assertEqual(
            self.one(f"=GLMM_POISSON({self.arguments};;7)"),
            "Invalid input: fit_intercept must be a boolean.")
        self.assertEqual(
            self.one(f"=GLMM_POISSON({self.y};B1:B5;{self.groups})"),
            "Invalid input: y and x must have the same number of rows.")
        area = self.document.enter(f"=GLMM_POISSON({self.arguments};;7)", 10, 0, 3, 2)
        self.assertEqual(
            values(area), [["Invalid input: fit_intercept must be a boolean."] * 2] * 3)

    def test_error_values_stay_errors(self):
        self.assertEqual(self.one(f"=GLMM_POISSON(1/0;{self.x};{self.groups})"), DIVISION)
        self.document.range("B3").setFormula("=1/0")
        self.assertEqual(self.one(f"=GLMM_POISSON({self.arguments})"), WRONG_ARGUMENT)
        self.assertEqual(self.one(f"=GLMM_POISSON({self.y};{self.x})"), WRONG_ARGUMENT)
        # One that is left out between others has an error of its own.
        self.assertEqual(self.one(f"=GLMM_POISSON({self.y};;{self.groups})"), INVALID_ARGUMENT)

    def test_empty_and_text_cells_are_named(self):
        self.document.range("A3").setString("")
        self.assertEqual(
            self.one(f"=GLMM_POISSON({self.arguments})"),
            "Invalid input: y[2][0] must be numeric.")
        self.document.range("A3").setString("5")
        self.assertEqual(
            self.one(f"=GLMM_POISSON({self.arguments})"),
            "Invalid input: y[2][0] must be numeric.")

    def test_one_row(self):
        expected = session.command.rows(y=3, x=2, groups=1)
        area = self.document.enter("=GLMM_POISSON(A2;B2;C1)", 10, 0, len(expected), 9)
        self.assertEqual(values(area), expected)
        area.clearContents(1023)
        # With one row a single value may be a predictor.
        expected = session.command.rows(y=3, x=2, groups=1, x_random=0.5)
        self.assertIn("Random[1]", str(expected))
        area = self.document.enter("=GLMM_POISSON(3;2;1;0.5)", 10, 0, len(expected), 9)
        self.assertEqual(values(area), expected)

    def test_the_optional_arguments(self):
        for text, request in [
            (";;FALSE();0.1", {"fit_intercept": False, "alpha": 0.1}),
            (";;0", {"fit_intercept": False}), (";;TRUE()", {"fit_intercept": True}),
            (";;;0.2", {"alpha": 0.2}), (";0.2", {"alpha": 0.2}),
            (";0", {"fit_intercept": False}),
            (";0.2;FALSE()", {"alpha": 0.2, "fit_intercept": False}),
            (f";{self.x};FALSE();0.5",
             {"x_random": EXAMPLES[0]["x"], "fit_intercept": False, "alpha": 0.5}),
        ]:
            plain = {**EXAMPLES[0], **request}
            expected = cells(session.command.text(json.dumps(plain)))
            area = self.document.enter(
                f"=GLMM_POISSON({self.arguments}{text})", 10, 0, len(expected), 9)
            self.assertEqual(values(area), expected, text)
            area.clearContents(1023)

    def test_a_range_larger_than_the_result(self):
        expected = session.command.rows(**EXAMPLES[0])
        area = self.document.enter(f"=GLMM_POISSON({self.arguments})", 10, 0, 10, 11)
        found = values(area)
        self.assertEqual(found, fill(expected, 10, 11))
        self.assertEqual(found[9][10], NOT_AVAILABLE)
        self.assertEqual(found[5][2], "", "an empty cell of the table is no 0")

    def test_within_index_and_if(self):
        expected = session.command.rows(**EXAMPLES[0])
        self.assertEqual(
            self.one(f"=INDEX(GLMM_POISSON({self.arguments});2;3)"), expected[1][2])
        area = self.document.enter(
            f'=IF(1=1;GLMM_POISSON({self.arguments});"none")', 10, 0, len(expected), 9)
        self.assertEqual(values(area), expected)
        area.clearContents(1023)
        self.assertEqual(
            self.one(f'=IF(GLMM_POISSON_WARNINGS({self.arguments})="";"fine";"look")'), "look")

    def test_a_change_of_a_cell_changes_the_table(self):
        area = self.document.enter(f"=GLMM_POISSON({self.arguments})", 10, 0, 8, 9)
        before = values(area)
        self.document.put(0, 5, [[9]])
        expected = session.command.rows(**{**EXAMPLES[0], "y": EXAMPLES[0]["y"][:5] + [[9]]})
        self.assertEqual(values(area), expected)
        self.assertNotEqual(before, expected)


class Component(unittest.TestCase):
    """The file of the extension by itself, without the library beside it."""

    def setUp(self):
        # What the .idl gives within LibreOffice.
        interfaces = types.ModuleType("org.glmmpoisson")
        interfaces.XGlmmPoisson = type("XGlmmPoisson", (), {})
        with unittest.mock.patch.dict(
            sys.modules, {"org": types.ModuleType("org"), "org.glmmpoisson": interfaces}
        ):
            self.component = runpy.run_path(str(session.HERE / "../../Calc/glmm_poisson.py"))

    def test_a_library_that_cannot_be_loaded_is_told_in_the_cell(self):
        (row,) = self.component["answer"](y=((1.0,),), x=((1.0,),), groups=((1.0,),))
        self.assertRegex(row[0], "^The library of GLMM_POISSON cannot be loaded: .*No such file")

    def test_filled_rows_are_counted_to_the_last(self):
        for length in range(12):
            for last in range(length + 1):
                rows = tuple((1.0 if row == last - 1 else "", "") for row in range(length))
                self.assertEqual(self.component["filled_rows"](rows), last, (length, last))
