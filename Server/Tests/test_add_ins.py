"""The files for Excel and Google Sheets, as far as they can be tested without either."""

import pathlib
import re
import shutil
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree

from running_server import Server

OFFICE = "{http://schemas.microsoft.com/office/appforoffice/1.1}"
OVERRIDES = "{http://schemas.microsoft.com/office/taskpaneappversionoverrides}"
BASIC = "{http://schemas.microsoft.com/office/officeappbasictypes/1.0}"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

# The order and number of child elements, by the schemas of [MS-OWEMXML] (Office Web Extensibility
# Manifest Format), sections 5.2, 5.6 and 5.7, and the reference of the manifest's elements at
# learn.microsoft.com/javascript/api/manifest: `?` may be left out, `+` may be repeated.
CHILDREN = {
    OFFICE + "OfficeApp":
        "Id AlternateId? Version ProviderName DefaultLocale DisplayName Description IconUrl? "
        "HighResolutionIconUrl? SupportUrl? AppDomains? Hosts? Requirements? DefaultSettings "
        "Permissions Dictionary? VersionOverrides?",
    OFFICE + "AppDomains": "AppDomain+",
    OFFICE + "Hosts": "Host+",
    OFFICE + "Requirements": "Sets? Methods?",
    OFFICE + "Sets": "Set+",
    OFFICE + "DefaultSettings": "SourceLocation",
    OVERRIDES + "VersionOverrides":
        "Description? Requirements? Hosts? Resources? WebApplicationInfo? EquivalentAddins?",
    OVERRIDES + "Hosts": "Host+",
    OVERRIDES + "Host": "Runtimes? AllFormFactors? DesktopFormFactor?",
    OVERRIDES + "AllFormFactors": "ExtensionPoint+",
    OVERRIDES + "ExtensionPoint": "Script Page Metadata Namespace?",
    OVERRIDES + "Script": "SourceLocation",
    OVERRIDES + "Page": "SourceLocation",
    OVERRIDES + "Metadata": "SourceLocation",
    OVERRIDES + "Resources": "Images? Urls? ShortStrings? LongStrings?",
    BASIC + "Urls": "Url+",
}


def faults_of_children(element):
    """What the schema does not allow below an element."""
    names = " ".join(re.sub(r"{.*}", "", child.tag) for child in element)
    model = CHILDREN.get(element.tag, "")
    pattern = "".join(
        f"(?:{word.rstrip('?+')} ){word[-1] if word[-1] in '?+' else ''}" for word in model.split())
    faults = [] if re.fullmatch(pattern, names + " " if names else "") else [
        f"{element.tag}: expected {model or 'nothing'}, found {names}"]
    for child in element:
        faults += faults_of_children(child)
    return faults


class Manifest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--address", "https://counts.example.org:8443")
        cls.addClassCleanup(cls.server.__exit__)
        answer = cls.server.get("/excel/manifest.xml")
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("application/xml")
        cls.root = ElementTree.fromstring(answer.body)

    def text(self, name):
        return self.root.findtext(OFFICE + name)

    def test_the_schema_allows_it(self):
        self.assertEqual(faults_of_children(self.root), [])
        self.assertEqual(self.root.tag, OFFICE + "OfficeApp")
        self.assertEqual(self.root.get(TYPE), "TaskPaneApp")
        overrides = self.root.find(OVERRIDES + "VersionOverrides")
        self.assertEqual(overrides.get(TYPE), "VersionOverridesV1_0")
        host = overrides.find(f"{OVERRIDES}Hosts/{OVERRIDES}Host")
        self.assertEqual(host.get(TYPE), "Workbook")
        point = host.find(f"{OVERRIDES}AllFormFactors/{OVERRIDES}ExtensionPoint")
        self.assertEqual(point.get(TYPE), "CustomFunctions")

    def test_simple_types(self):
        """Patterns and lengths of the types UUID, Version, ShortString, CultureName and the
        enumeration of Permissions."""
        self.assertRegex(
            self.text("Id"), r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
        self.assertRegex(self.text("Version"), r"^\d{1,5}(\.\d{1,5}){0,3}$")
        self.assertTrue(1 <= len(self.text("ProviderName")) <= 125)
        self.assertRegex(self.text("DefaultLocale"), r"^[a-z]{2}-[A-Z]{2}$")
        for name, most in [("DisplayName", 125), ("Description", 250), ("IconUrl", 2048)]:
            value = self.root.find(OFFICE + name).get("DefaultValue")
            self.assertTrue(1 <= len(value) <= most, name)
        self.assertIn(
            self.text("Permissions"),
            ["Restricted", "ReadDocument", "ReadAllDocument", "WriteDocument",
             "ReadWriteDocument"])

    def test_resources_are_there(self):
        """Every resource is used, has an id of at most 32 characters, and is a file of the
        server by HTTPS."""
        urls = {url.get("id"): url.get("DefaultValue") for url in self.root.iter(BASIC + "Url")}
        used = [element.get("resid") for element in self.root.iter() if element.get("resid")]
        self.assertEqual(sorted(urls), sorted(used))
        addresses = list(urls.values()) + [
            element.get("DefaultValue") for element in self.root.iter()
            if (element.get("DefaultValue") or "").startswith("http")
        ]
        self.assertGreater(len(addresses), 6)
        prefix = "https://counts.example.org:8443"
        for identifier in urls:
            self.assertLessEqual(len(identifier), 32)
        for address in addresses:
            self.assertTrue(address.startswith(prefix + "/"), address)
            self.assertEqual(self.server.get(address[len(prefix):]).status, 200, address)
        self.assertEqual(
            self.root.findtext(f"{OFFICE}AppDomains/{OFFICE}AppDomain"), prefix)

    def test_functions_have_the_documented_names(self):
        self.assertIsNone(self.root.find(f".//{OVERRIDES}Namespace"))
        names = [each["name"] for each in self.server.get("/excel/functions.json").json()
                 ["functions"]]
        self.assertEqual(names[0], "GLMM_POISSON")

    def test_excel_may_load_them(self):
        for path in ["functions.json", "functions.js", "functions.html"]:
            headers = self.server.get(f"/excel/{path}").headers
            # Excel on the web reads the metadata from its own page, and shows the page in a frame.
            self.assertEqual(headers["access-control-allow-origin"], "*")
            self.assertNotIn("frame-ancestors", headers["content-security-policy"])
            self.assertIn(
                "script-src 'self' https://appsforoffice.microsoft.com;",
                headers["content-security-policy"])
        # Office shows icons only where it may keep them.
        for path in ["icon-32.png", "icon-64.png"]:
            answer = self.server.get(f"/excel/{path}")
            self.assertTrue(answer.body.startswith(b"\x89PNG"))
            self.assertRegex(answer.headers["cache-control"], r"^public, max-age=\d+$")
        page = self.server.get("/excel/functions.html").body.decode()
        self.assertEqual(
            re.findall(r'src="([^"]*)"', page),
            ["https://appsforoffice.microsoft.com/lib/1.1/hosted/custom-functions-runtime.js",
             "functions.js"])

    def test_the_address_is_that_of_the_request(self):
        with Server() as server:
            for host, status in [
                ("counts.example.org", 200), ("[::1]:8080", 200), ("localhost:8080", 200),
                ('x"/><evil', 400), ("x y", 400), ("", 400),
            ]:
                data = f"GET /excel/manifest.xml HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
                answer = server.send(data)
                self.assertEqual(answer.status, status, host)
                if status == 200:
                    self.assertIn(f"http://{host}/excel/functions.js".encode(), answer.body)
                self.assertNotIn(b"evil", answer.body)


class Scripts(unittest.TestCase):
    @unittest.skipUnless(shutil.which("node"), "node is not here: make deps-server")
    def test_in_node(self):
        script = pathlib.Path(__file__).with_name("add_ins_test.js")
        with Server() as server:
            address = f"http://127.0.0.1:{server.port}"
            run = subprocess.run(
                ["node", str(script), address], capture_output=True, text=True, timeout=120)
            self.assertEqual((run.returncode, run.stdout), (0, "ok\n"), run.stderr)


if __name__ == "__main__":
    unittest.main()
