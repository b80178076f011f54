#!/usr/bin/python3
"""Tests of the extension in a real LibreOffice, beside `glmm-poisson call`.

  calc_test.py COMMAND EXTENSION EPILEPSY.csv EXAMPLE.ods RESULT.ods

RESULT.ods is where the example is written again.
Run by scripts/test-calc as a user without rights. Numbers are compared bit by bit: both sides are
the same fit, and Calc hands on doubles as they are.
"""

import collections
import json
import pathlib
import re
import shutil
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
import zipfile

# The module uno, which office imports, makes LibreOffice's names importable.
from office import (
    ALL_ROWS, DIVISION, INVALID_ARGUMENT, NOT_AVAILABLE, UNKNOWN_NAME, WRONG_ARGUMENT, Office,
    values)
from com.sun.star.sheet.FunctionCategory import STATISTICAL
from example import write_example
from sheet_requests import (
    EXAMPLES, FORMULAS, OPTIONAL, RANGES, Command, NoSheet, cells, fill, formula, rows_of)

HERE = pathlib.Path(__file__).parent
COMMAND, EXTENSION, EPILEPSY, EXAMPLE, RESULT = (
    pathlib.Path(path).resolve() for path in sys.argv[1:6])
# A name of a stored formula that no other program's function has.
STORED = "ORG.GLMMPOISSON.GLMMPOISSON.GLMMPOISSON"


def setUpModule():
    global office, command, folder, temporary
    temporary = tempfile.TemporaryDirectory()
    folder = pathlib.Path(temporary.name)
    command = Command(COMMAND)
    office = Office(folder)
    office.unopkg("add", "-f", str(EXTENSION))
    listed = office.unopkg("list", "org.glmmpoisson.GlmmPoisson")
    assert "is registered: yes" in listed and "GlmmPoisson.idl" in listed, listed
    office.start()
    print("LibreOffice", ".".join(map(str, office.version())))


def tearDownModule():
    office.stop()
    office.unopkg("remove", "org.glmmpoisson.GlmmPoisson")
    assert "org.glmmpoisson" not in office.unopkg("list")
    again = Office(folder)
    again.start()
    try:
        with again.new() as document:
            area = document.enter(FORMULAS[0], 0, 0)
            assert values(area) == [[UNKNOWN_NAME]], "the function is still there"
    finally:
        again.stop()
    temporary.cleanup()


class Examples(unittest.TestCase):
    """The four documented examples."""

    def test_inline_arrays_give_what_call_gives(self):
        with office.new() as document:
            for text, request in zip(FORMULAS, EXAMPLES):
                expected = command.rows(**request)
                self.assertEqual(expected[0][0], "fixed_effects")
                area = document.enter(text, 0, 0, len(expected), 9)
                self.assertEqual(values(area), expected)
                area.clearContents(1023)

    def test_files_are_written_loaded_and_recalculated(self):
        for extension in ["ods", "xlsx", "xls"]:
            with self.subTest(extension):
                path = folder / f"examples.{extension}"
                with office.new() as document:
                    put_examples(document)
                    document.store(path)
                with office.load(path) as document:
                    document.document.calculateAll()
                    for index, request in enumerate(EXAMPLES):
                        expected = command.rows(**request)
                        area = document.area(6, 12 * index, len(expected), 9)
                        self.assertIn("GLMM", area.getArrayFormula())
                        self.assertEqual(values(area), expected)
                    # What is loaded is a function, not the numbers that were there.
                    document.put(0, 0, [[7]])
                    changed = {**EXAMPLES[0], "y": [[7]] + EXAMPLES[0]["y"][1:]}
                    expected = command.rows(**changed)
                    self.assertEqual(values(document.area(6, 0, len(expected), 9)), expected)

    def test_the_plain_name_in_an_xlsx_of_another_program(self):
        """Calc/README.md says that 7.4 does not know the name, and what mends it."""
        own, other = folder / "own.xlsx", folder / "other.xlsx"
        with office.new() as document:
            document.enter(FORMULAS[0], 0, 0, 8, 9)
            document.enter(f"=INDEX({FORMULAS[0][1:]};2;3)", 10, 0)
            document.store(own)
        with zipfile.ZipFile(own) as source, zipfile.ZipFile(other, "w") as target:
            for name in source.namelist():
                data = source.read(name)
                if name.endswith("sheet1.xml"):
                    self.assertEqual(data.upper().count(STORED.encode()), 2)
                    data = re.sub(STORED.encode(), b"GLMM_POISSON", data, flags=re.IGNORECASE)
                target.writestr(name, data)
        expected = command.rows(**EXAMPLES[0])
        with office.load(other) as document:
            document.document.calculateAll()
            single, area = document.area(10, 0, 1, 1), document.area(0, 0, 8, 9)
            if office.version() <= (7, 4):
                self.assertEqual(values(single) + values(area)[:1], [[UNKNOWN_NAME],
                                                                  [UNKNOWN_NAME] * 9])
                # Find & Replace in the formulas mends single cells; arrays are entered anew.
                replace_all(document, "glmm_poisson", "GLMM_POISSON")
                area.setArrayFormula(FORMULAS[0])
            self.assertEqual(values(single), [[expected[1][2]]])
            self.assertEqual(values(area), expected)

    def test_the_committed_example_is_what_call_gives(self):
        with office.load(EXAMPLE) as document:
            document.document.calculateAll()
            found = sheets(document)
        written = folder / "glmm-poisson.ods"
        with office.new() as document:
            expected = write_example(document, command, rows_of(EPILEPSY))
            document.store(written)
        with office.load(written) as document:
            self.assert_equal_sheets(sheets(document), expected)
        # Whoever changes the example finds the new one there, to be looked at and committed.
        shutil.copy(written, RESULT)
        self.assert_equal_sheets(found, expected)

    def assert_equal_sheets(self, found, expected):
        self.assertEqual(list(found), list(expected))
        for name, rows in expected.items():
            self.assertEqual(len(found[name]), len(rows))
            for number, row in enumerate(rows):
                self.assertEqual(found[name][number], row, f"{name}, row {number + 1}")


def put_examples(document):
    """The examples' columns from A on and their tables from G on, twelve rows each."""
    for index, request in enumerate(EXAMPLES):
        row = 12 * index
        names = [document.put(column, row, request[name]) for column, name in enumerate(RANGES)]
        other = request.get("x_random")
        if isinstance(other, list):
            names.append(document.put(3, row, other))
        elif other is not None:
            names.append("FALSE()" if other is False else repr(other))
        count = len(command.rows(**request))
        document.enter(f"=GLMM_POISSON({';'.join(names)})", 6, row, count, 9)


def replace_all(document, text, replacement):
    """Find & Replace in the formulas of a sheet."""
    search = document.sheet.createReplaceDescriptor()
    search.setSearchString(text)
    search.setReplaceString(replacement)
    return document.sheet.replaceAll(search)


def sheets(document):
    """The cells of all sheets by the sheets' names."""
    found = {}
    for name in document.document.Sheets.ElementNames:
        document.sheet = document.document.Sheets.getByName(name)
        found[name] = values(used(document))
    return found


def used(document):
    cursor = document.sheet.createCursor()
    cursor.gotoEndOfUsedArea(False)
    end = cursor.RangeAddress
    return document.area(0, 0, end.EndRow + 1, end.EndColumn + 1)


class Requests(unittest.TestCase):
    """The requests that every face is to answer alike."""

    def test_answers_are_those_of_call(self):
        texts = [json.loads(line)
                 for line in (HERE / "../Faces/requests.jsonl").read_text().splitlines()]
        left_out, same, meant, tables = collections.Counter(), 0, 0, 0
        with office.new() as document:
            for index, text in enumerate(texts):
                document.range("A1:Z200").clearContents(1023)
                column = iter([0, 2, 5, 7])

                def put(rows):
                    return document.put(next(column), 0, rows)

                try:
                    request = json.loads(text)
                    entered = formula(request, put)
                except NoSheet as reason:
                    left_out[str(reason)] += 1
                    continue
                except ValueError:
                    left_out["no JSON"] += 1
                    continue
                expected = command.rows(**request)
                if expected == cells(command.text(text)):
                    same += 1
                else:
                    meant += 1
                area = document.enter(entered, 10, 0, 12, 10)
                self.assertEqual(values(area), fill(expected, 12, 10), (index, text, entered))
                tables += len(expected) > 1
        print(f"\n{len(texts)} requests: {same} as call answers them, {meant} as call answers them "
              f"where they say that they are a spreadsheet's, {tables} of these with a table; "
              f"{sum(left_out.values())} cannot be written in a sheet:")
        for reason, count in left_out.most_common():
            print(f"  {count:3d}  {reason}")
        self.assertEqual(len(texts), 200)
        self.assertGreaterEqual(same + meant, 100)
        self.assertGreaterEqual(tables, 60)


class Cells(unittest.TestCase):
    """What a sheet may hold beside numbers, and where a formula may stand."""

    def setUp(self):
        self.document = office.new()
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
        expected = command.rows(y=3, x=2, groups=1)
        area = self.document.enter("=GLMM_POISSON(A2;B2;C1)", 10, 0, len(expected), 9)
        self.assertEqual(values(area), expected)
        area.clearContents(1023)
        # With one row a single value may be a predictor.
        expected = command.rows(y=3, x=2, groups=1, x_random=0.5)
        self.assertIn("Random[1]", str(expected))
        area = self.document.enter("=GLMM_POISSON(3;2;1;0.5)", 10, 0, len(expected), 9)
        self.assertEqual(values(area), expected)

    def test_the_optional_arguments(self):
        for text, request in [
            (";;FALSE();0.1", {"fit_intercept": False, "alpha": 0.1}),
            (";;0", {"fit_intercept": False}), (";;TRUE()", {"fit_intercept": True}),
            (";;;0.2", {"alpha": 0.2}), (";0.2", {"alpha": 0.2}),
            (";0", {"fit_intercept": False}), (";0.2;FALSE()", {"alpha": 0.2, "fit_intercept": False}),
            (f";{self.x};FALSE();0.5",
             {"x_random": EXAMPLES[0]["x"], "fit_intercept": False, "alpha": 0.5}),
        ]:
            plain = {**EXAMPLES[0], **request}
            expected = cells(command.text(json.dumps(plain)))
            area = self.document.enter(
                f"=GLMM_POISSON({self.arguments}{text})", 10, 0, len(expected), 9)
            self.assertEqual(values(area), expected, text)
            area.clearContents(1023)

    def test_a_range_larger_than_the_result(self):
        expected = command.rows(**EXAMPLES[0])
        area = self.document.enter(f"=GLMM_POISSON({self.arguments})", 10, 0, 10, 11)
        found = values(area)
        self.assertEqual(found, fill(expected, 10, 11))
        self.assertEqual(found[9][10], NOT_AVAILABLE)
        self.assertEqual(found[5][2], "", "an empty cell of the table is no 0")

    def test_within_index_and_if(self):
        expected = command.rows(**EXAMPLES[0])
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
        expected = command.rows(**{**EXAMPLES[0], "y": EXAMPLES[0]["y"][:5] + [[9]]})
        self.assertEqual(values(area), expected)
        self.assertNotEqual(before, expected)


class Companions(unittest.TestCase):
    """Warnings, groups and predictions, of the epilepsy data."""

    def test_they_are_those_of_call(self):
        header, *rows = rows_of(EPILEPSY)
        take = lambda *names: [[row[header.index(name)] for name in names] for row in rows]
        request = {"y": take("y"), "x": take("lbase", "trt"), "groups": take("subject")}
        new_x, new_groups = [[0.5, 0], [0.5, 1], [1, 1]], [[1], [59], [77]]
        slopes = {"x_random": take("V4")}
        with office.new() as document:
            place = iter([0, 1, 4, 6, 8, 11, 13])
            y, x, groups = (document.put(next(place), 0, request[name]) for name in RANGES)
            x_random = document.put(next(place), 0, slopes["x_random"])
            new = document.put(next(place), 0, new_x)
            new_of = document.put(next(place), 0, new_groups)
            new_random = document.put(next(place), 0, [[0], [1], [1]])
            data = f"{y};{x};{groups}"
            predicted = {"result": "predictions", "new_x": new_x, "new_groups": new_groups}
            for text, asked in [
                (f"WARNINGS({data})", {"result": "warnings"}),
                (f"GROUPS({data};;;0.2)", {"result": "groups", "alpha": 0.2}),
                (f"GROUPS({data};{x_random})", {"result": "groups", **slopes}),
                (f"PREDICT({data};{new};{new_of})", predicted),
                (f"PREDICT({data};{new})", {"result": "predictions", "new_x": new_x}),
                (f"PREDICT({data};{new};{new_of};;;FALSE();0.2)",
                 {**predicted, "fit_intercept": False, "alpha": 0.2}),
                (f"PREDICT({data};{new};{new_of};{x_random};{new_random})",
                 {**predicted, **slopes, "new_x_random": [[0], [1], [1]]}),
                (f"PREDICT({data};{new};{new_of};{x_random})", {**predicted, **slopes}),
                (f"PREDICT({data};{x_random};{groups})",
                 {**predicted, "new_x": slopes["x_random"], "new_groups": request["groups"]}),
            ]:
                expected = command.rows(**request, **asked)
                area = document.enter(
                    f"=GLMM_POISSON_{text}", 20, 0, len(expected), len(expected[0]))
                self.assertEqual(values(area), expected, text)
                area.clearContents(1023)

    def test_there_is_an_empty_cell_where_there_are_no_warnings(self):
        rows = [[group * 1.0, (row % 5) * 1.0, (group * 7 + row * 3) % 6 + 1.0]
                for group in range(20) for row in range(10)]
        request = {"y": [row[2:] for row in rows], "x": [row[1:2] for row in rows],
                   "groups": [row[:1] for row in rows]}
        self.assertEqual(command.rows(**request, result="warnings"), [[""]])
        with office.new() as document:
            document.put(0, 0, rows)
            area = document.enter("=GLMM_POISSON_WARNINGS(C1:C200;B1:B200;A1:A200)", 5, 0, 2, 2)
            self.assertEqual(values(area), [["", ""], ["", ""]])


class Size(unittest.TestCase):
    """Large and many; the limits are on processor time, see Office.timed."""

    def limit(self, what, seconds, most):
        print(f"\n{what}: {seconds[0]:.3f} s of processor time, {seconds[1]:.3f} s on the clock")
        self.assertLess(seconds[0], most, what)

    def test_five_thousand_rows(self):
        header, *rows = rows_of(EPILEPSY)
        data = [[rows[i % 236][0], rows[i % 236][1], float(i % 7), float(i // 10)]
                for i in range(5000)]
        request = {"y": [row[:1] for row in data], "x": [row[1:3] for row in data],
                   "groups": [row[3:] for row in data]}
        expected = command.rows(**request)
        with office.new() as document:
            document.put(0, 0, data)
            document.enter(FORMULAS[0], 20, 20)  # The library is loaded by the first call.
            entered = []
            seconds = office.timed(lambda: entered.append(values(document.enter(
                "=GLMM_POISSON(A1:A5000;B1:C5000;D1:D5000)", 6, 0, len(expected), 9))))
            self.assertEqual(entered, [expected])
            self.limit("5,000 rows", seconds, 0.3)

    def test_two_hundred_formulas(self):
        with office.new() as document:
            put_examples(document)
            document.enter("=GLMM_POISSON(A1:A6;B1:B6;C1:C6)", 20, 0)
            area = document.area(20, 0, 200, 1)
            area.setFormulaArray(
                tuple(("=INDEX(GLMM_POISSON(A1:A6;B1:B6;C1:C6);2;3)",) for _ in range(200)))
            seconds = office.timed(document.document.calculateAll)
            number = command.rows(**EXAMPLES[0])[1][2]
            self.assertEqual(values(area), [[number]] * 200)
            self.limit("200 formulas of six rows", seconds, 1)

    def test_whole_columns(self):
        expected = command.rows(**EXAMPLES[0])
        with office.new() as document:
            document.put(0, 0, [a + b + c for a, b, c in zip(*(EXAMPLES[0][k] for k in RANGES))])
            def enter():
                area = document.enter(
                    f"=GLMM_POISSON(A1:A{ALL_ROWS};B1:B{ALL_ROWS};C1:C{ALL_ROWS})", 6, 0,
                    len(expected), 9)
                self.assertEqual(values(area), expected)

            # Nearly all of it is LibreOffice handing three million cells to Python. Processors
            # that others use too take longer for the same work, so that the least of five counts.
            self.limit("whole columns", min(office.timed(enter) for _ in range(5)), 2)

    def test_the_end_is_dropped_as_the_library_drops_it(self):
        """The file of the extension drops empty rows before it makes JSON: `call` has the rule."""
        for filled, length, x_length in [(6, 3000, 2000), (6, 7, 6), (0, 5, 9), (1, 1, 4)]:
            rows = [[float(i % 3), float(i % 4), float(i % 2)] for i in range(filled)]
            empty = [["", "", ""]] * (length - filled)
            with office.new() as document:
                document.put(0, 0, rows + empty)
                request = {
                    "y": [row[:1] for row in rows + empty],
                    "x": ([row[1:2] for row in rows] + [[""]] * x_length)[:x_length],
                    "groups": [row[2:] for row in rows + empty]}
                expected = command.rows(**request)
                area = document.enter(
                    f"=GLMM_POISSON(A1:A{length};B1:B{x_length};C1:C{length})", 6, 0, 8, 9)
                self.assertEqual(values(area), fill(expected, 8, 9), (filled, length))


class Wizard(unittest.TestCase):
    """The texts of the function wizard are those of CalcAddIns.xcu."""

    def test_every_text_is_read_back(self):
        name = "{http://openoffice.org/2001/registry}name"
        root = ElementTree.parse(HERE / "../../Calc/CalcAddIns.xcu").getroot()
        (functions,) = (node for node in root.iter("node") if node.get(name) == "AddInFunctions")

        def text(node, key):
            (prop,) = (prop for prop in node.findall("prop") if prop.get(name) == key)
            return prop.find("value").text

        descriptions = office.service("com.sun.star.sheet.FunctionDescriptions")
        found = {}
        for index in range(descriptions.Count):
            function = {item.Name: item.Value for item in descriptions.getByIndex(index)}
            found[function["Name"]] = function
        names = []
        for node in functions:
            display = text(node, "DisplayName")
            names.append(display)
            function = found[display]
            self.assertEqual(function["Description"], text(node, "Description"))
            self.assertEqual(function["Category"], STATISTICAL)
            (parameters,) = node.findall("node")
            self.assertEqual(
                [(item.Name, item.Description) for item in function["Arguments"]],
                [(text(item, "DisplayName"), text(item, "Description")) for item in parameters])
            self.assertEqual(
                [item.Name for item in function["Arguments"] if not item.IsOptional],
                RANGES + (["new_x"] if display.endswith("PREDICT") else []))
        self.assertEqual(names, ["GLMM_POISSON" + end
                                 for end in ("", "_WARNINGS", "_GROUPS", "_PREDICT")])
        self.assertEqual(
            [item.Name for item in found["GLMM_POISSON"]["Arguments"]], RANGES + OPTIONAL)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[6:], verbosity=2)
