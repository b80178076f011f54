"""The requests of Tests/Faces, and those for other results than the table."""

import collections
import json
import unittest

import session
from office import values
from sheet_requests import RANGES, NoSheet, cells, fill, formula, rows_of


class Requests(unittest.TestCase):
    """The requests that every face is to answer alike."""

    def test_answers_are_those_of_call(self):
        texts = [json.loads(line)
                 for line in (session.HERE / "../Faces/requests.jsonl").read_text().splitlines()]
        left_out, same, meant, tables = collections.Counter(), 0, 0, 0
        with session.office.new() as document:
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
                expected = session.command.rows(**request)
                if expected == cells(session.command.text(text)):
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


class Companions(unittest.TestCase):
    """Warnings, groups and predictions, of the epilepsy data."""

    def test_they_are_those_of_call(self):
        header, *rows = rows_of(session.EPILEPSY)
        take = lambda *names: [[row[header.index(name)] for name in names] for row in rows]
        request = {"y": take("y"), "x": take("lbase", "trt"), "groups": take("subject")}
        new_x, new_groups = [[0.5, 0], [0.5, 1], [1, 1]], [[1], [59], [77]]
        slopes = {"x_random": take("V4")}
        with session.office.new() as document:
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
                # What is empty below the new rows is dropped too.
                (f"PREDICT({data};I1:J60;L1:L70)", predicted),
                (f"PREDICT({data};{new})", {"result": "predictions", "new_x": new_x}),
                (f"PREDICT({data};{new};{new_of};;;FALSE();0.2)",
                 {**predicted, "fit_intercept": False, "alpha": 0.2}),
                (f"PREDICT({data};{new};{new_of};{x_random};{new_random})",
                 {**predicted, **slopes, "new_x_random": [[0], [1], [1]]}),
                (f"PREDICT({data};{new};{new_of};{x_random})", {**predicted, **slopes}),
                (f"PREDICT({data};{x_random};{groups})",
                 {**predicted, "new_x": slopes["x_random"], "new_groups": request["groups"]}),
            ]:
                expected = session.command.rows(**request, **asked)
                area = document.enter(
                    f"=GLMM_POISSON_{text}", 20, 0, len(expected), len(expected[0]))
                self.assertEqual(values(area), expected, text)
                area.clearContents(1023)

    def test_there_is_an_empty_cell_where_there_are_no_warnings(self):
        rows = [[group * 1.0, (row % 5) * 1.0, (group * 7 + row * 3) % 6 + 1.0]
                for group in range(20) for row in range(10)]
        request = {"y": [row[2:] for row in rows], "x": [row[1:2] for row in rows],
                   "groups": [row[:1] for row in rows]}
        self.assertEqual(session.command.rows(**request, result="warnings"), [[""]])
        with session.office.new() as document:
            document.put(0, 0, rows)
            area = document.enter("=GLMM_POISSON_WARNINGS(C1:C200;B1:B200;A1:A200)", 5, 0, 2, 2)
            self.assertEqual(values(area), [["", ""], ["", ""]])
