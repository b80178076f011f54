"""What is asked, and how it is answered."""

import json
import pathlib
import subprocess
import tempfile
import unittest

from requests_of_tests import CSV, FIT, SIX_ROWS
from running_server import Server, read_answer, request

PROBLEM = "application/problem+json"


class Requests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.__exit__)

    def assertProblem(self, answer, status, sentence):
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(answer.headers["content-type"], PROBLEM)
        problem = answer.json()
        self.assertEqual(problem["status"], status)
        self.assertEqual(problem["type"], "about:blank")
        self.assertTrue(problem["title"])
        self.assertIn(sentence, problem["detail"])
        return problem

    def test_call_is_what_the_command_answers(self):
        answer = self.server.post("/api/call", SIX_ROWS)
        self.assertEqual((answer.status, answer.headers["content-type"]), (200, "application/json"))
        command = subprocess.run(
            [".build/release/glmm-poisson", "call", "--quiet"],
            input=json.dumps(SIX_ROWS).encode(), capture_output=True, check=True)
        self.assertEqual(answer.body, command.stdout)

    def test_fit_is_what_the_command_prints(self):
        answer = self.server.post("/api/fit", {**FIT, "options": {"alpha": 0.1}})
        self.assertEqual(answer.status, 200, answer.body)
        with tempfile.TemporaryDirectory() as folder:
            # The name by which the server calls the data.
            pathlib.Path(folder, "csv").write_text(CSV)
            command = subprocess.run(
                [pathlib.Path(".build/release/glmm-poisson").absolute(), "fit", "csv", "--formula",
                 FIT["formula"], "--alpha", "0.1", "--format", "json", "--quiet"],
                cwd=folder, capture_output=True, check=True)
        ours, theirs = answer.json(), json.loads(command.stdout)
        del ours["seconds"], theirs["seconds"]
        self.assertEqual(ours, theirs)

    def test_predict(self):
        answer = self.server.post(
            "/api/predict", {**FIT, "new_columns": {"drug": [1, 2], "patient": ["a", "new"]}})
        self.assertEqual(answer.status, 200, answer.body)
        rows = answer.json()["predictions"]
        self.assertEqual([row["new_factors"] for row in rows], [[], ["patient"]])
        self.assertLess(rows[0]["lower"], rows[0]["median"])

    def test_version_and_description(self):
        self.assertRegex(self.server.get("/api/version").json()["version"], r"^\d+\.\d+\.\d+$")
        description = self.server.get("/openapi.json").json()
        self.assertEqual(description["openapi"], "3.1.0")
        for path, methods in description["paths"].items():
            for method in methods:
                other = "GET" if method == "post" else "POST"
                self.assertNotEqual(self.server.request(method.upper(), path).status, 404, path)
                self.assertEqual(self.server.request(other, path).status, 405, path)
        # The examples of the description are answered.
        for path in ["/api/call", "/api/fit", "/api/predict"]:
            body = description["paths"][path]["post"]["requestBody"]["content"]
            answer = self.server.post(path, body["application/json"]["example"])
            self.assertEqual(answer.status, 200, answer.body)

    def test_addresses_and_methods(self):
        self.assertProblem(self.server.get("/etc/passwd"), 404, "nothing at this address")
        self.assertProblem(self.server.get("/../../etc/passwd"), 404, "nothing at this address")
        answer = self.server.get("/api/fit")
        self.assertProblem(answer, 405, "Expected POST, found GET.")
        self.assertEqual(answer.headers["allow"], "POST")
        self.assertEqual(self.server.request("DELETE", "/").status, 405)
        self.assertEqual(self.server.get("/").status, 200)
        self.assertEqual(self.server.get("/?x=1").status, 200)

    def test_a_body_that_is_not_json(self):
        for kind in ["text/csv", "text/plain", "application/x-www-form-urlencoded", None]:
            answer = self.server.request("POST", "/api/fit", b"{}", kind=kind)
            self.assertProblem(answer, 415, "Expected a body of the type application/json.")
        answer = self.server.request(
            "POST", "/api/call", json.dumps(SIX_ROWS).encode(),
            kind="Application/JSON; charset=utf-8")
        self.assertEqual(answer.status, 200)

    def test_malformed_and_unusable(self):
        for path in ["/api/call", "/api/fit", "/api/predict", "/page/answer"]:
            bodies = [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100000, b'{"y":' * 100000]
            # To the page nothing is a request, too.
            for body in bodies + ([] if path == "/page/answer" else [b"{}"]):
                answer = self.server.request("POST", path, body)
                self.assertEqual(answer.status, 400, (path, body[:20], answer.body))
                self.assertEqual(answer.headers["content-type"], PROBLEM)
        self.assertProblem(
            self.server.post("/api/call", {**SIX_ROWS, "y": [[2], [3], [-6], [7], [8], [9]]}), 422,
            "Invalid input: y[2] must be non-negative (count data).")
        problem = self.assertProblem(
            self.server.post("/api/fit", {**FIT, "formula": "seizures ~ drug + (1 | "}), 400,
            "xpected")
        self.assertGreater(problem["position"], 15)
        self.assertProblem(
            self.server.post("/api/fit", {**FIT, "formula": "seizures ~ dru"}), 422,
            "did you mean 'drug'?")

    def test_what_is_larger_than_the_server_takes(self):
        rows = "y,x\n" + "1,2\n" * 100_001
        self.assertProblem(
            self.server.post("/api/fit", {"formula": "y ~ x", "csv": rows}), 413, "rows")
        wide = ",".join(f"x{i}" for i in range(2000)) + "\n"
        self.assertProblem(
            self.server.post("/api/fit", {"formula": "x0 ~ .", "csv": wide}), 413, "columns")
        column = [1] * 100_001
        self.assertProblem(
            self.server.post("/api/fit", {"formula": "y ~ 1", "columns": {"y": column}}), 413,
            "rows")
        many = {"y": [1] * 20_001, "g": list(range(20_001))}
        self.assertProblem(
            self.server.post("/api/fit", {"formula": "y ~ 1 + (1 | g)", "columns": many}), 413,
            "20001 random effects")
        # 100 times 60,000 is more than five million.
        tall = {"y": [1, 2] * 30_000, "f": [row % 101 for row in range(60_000)]}
        answer = self.server.post("/api/fit", {"formula": "y ~ factor(f)", "columns": tall})
        self.assertIn(answer.status, (413, 422), answer.body)
        self.assertIn("5000000", answer.json()["detail"])
        self.assertProblem(
            self.server.post("/api/call", {**SIX_ROWS, "x": [[1] * 1001] * 6}), 413,
            "x has 1001 columns")
        self.assertProblem(
            self.server.post("/api/call", {**SIX_ROWS, "y": [[1]] * 100_001}), 413,
            "y has 100001 rows")

    def test_headers_that_keep_browsers_safe(self):
        for answer in [self.server.get("/"), self.server.get("/nothing"),
                       self.server.post("/api/call", SIX_ROWS)]:
            policy = answer.headers["content-security-policy"]
            self.assertIn("default-src 'none'", policy)
            self.assertIn("script-src 'self';", policy)
            self.assertIn("frame-ancestors 'none'", policy)
            self.assertEqual(answer.headers["x-content-type-options"], "nosniff")
            self.assertEqual(answer.headers["referrer-policy"], "no-referrer")
            self.assertEqual(answer.headers["cross-origin-opener-policy"], "same-origin")
            self.assertEqual(answer.headers["cross-origin-resource-policy"], "same-origin")
            self.assertNotIn("access-control-allow-origin", answer.headers)
            self.assertNotIn("set-cookie", answer.headers)

    def test_one_connection_for_several_requests(self):
        body = json.dumps(SIX_ROWS).encode()
        with self.server.connect() as connection:
            for _ in range(3):
                connection.sendall(request("POST", "/api/call", body))
                self.assertEqual(read_answer(connection).status, 200)
            connection.sendall(request("HEAD", "/", kind=None))
            head = connection.recv(65536)
            self.assertTrue(head.endswith(b"\r\n\r\n"), head)


if __name__ == "__main__":
    unittest.main()
