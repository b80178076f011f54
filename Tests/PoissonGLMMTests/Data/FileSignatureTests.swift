import Testing

@testable import PoissonGLMM

@Suite struct FileSignatureTests {
  private func message(_ bytes: [UInt8]) -> String? {
    do {
      _ = try CSVReader.read(
        ByteInput(bytes: bytes, name: "data"), columns: [ColumnRequest(name: "x", use: .number)])
      return nil
    } catch {
      return "\(error)"
    }
  }

  private static let zip =
    "a zip archive, or a workbook such as .xlsx, which is one: take the CSV file out of it, or "
    + "save the table as CSV"

  /// The beginnings of files, one scalar a byte.
  @Test(arguments: [
    ("PK\u{3}\u{4}\u{14}\0\u{6}\0..[Content_Types].xml", "an Excel workbook: save it as CSV"),
    (
      "PK\u{3}\u{4}\u{14}\0\0\0mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
      "a LibreOffice spreadsheet: save it as CSV"
    ),
    // Workbooks whose first member is not the list of contents.
    ("PK\u{3}\u{4}\u{14}\0\0\0docProps/app.xml", "an Excel workbook: save it as CSV"),
    ("PK\u{3}\u{4}\u{14}\0\0\0data.csv", zip), ("PK\u{3}\u{4}\u{14}", zip),
    ("PK\u{5}\u{6}\0\0\0\0", zip), ("PK\u{7}\u{8}PK\u{3}\u{4}", zip),
    (
      "\u{D0}\u{CF}\u{11}\u{E0}\u{A1}\u{B1}\u{1A}\u{E1}\0",
      "an old Excel or other Office file: save it as CSV"
    ),
    ("PAR1\u{15}\u{4}\u{15}", "a Parquet file: save the data as CSV"),
    ("SQLite format 3\0\u{10}\0", "an SQLite database: export the table as CSV"),
    ("%PDF-1.7\n", "a PDF document: save the table as CSV"),
    ("X\n\0\0\0\u{3}", "an RDS file: in R, write.csv(readRDS(...)) saves it as CSV"),
    (
      "A\n3\n262657\n197888\n5\nUTF-8\n787\n",
      "an RDS file: in R, write.csv(readRDS(...)) saves it as CSV"
    ),
    ("A\n2\n262657\n131840\n787\n", "an RDS file: in R, write.csv(readRDS(...)) saves it as CSV"),
    ("RDA3\nA\n3\n262657\n197888\n", "an RData file: in R, write.csv() saves a table as CSV"),
    ("<!DOCTYPE html>\n<html>", "a web page, not the file itself: download the CSV file"),
    ("{\"x\": 1}", "a JSON document: save the table as CSV"),
    ("BZh91AY&SY\u{1}\u{2}", "compressed with bzip2: decompress it"),
    ("\u{89}HDF\r\n\u{1A}\n", "an HDF5 file: save the data as CSV"),
    ("ab\0\u{1}\u{7F}\0cd", "not text: save the table as CSV"),
  ])
  func filesThatAreNoText(beginning: String, problem: String) {
    let bytes = beginning.unicodeScalars.map { UInt8($0.value) }
    #expect(message(bytes) == "data: this is \(problem)")
    #expect(message(bytes + [UInt8](repeating: 0x41, count: 1000)) == "data: this is \(problem)")
  }

  @Test func insideGzip() {
    // Python 3.11's `gzip.compress` of a compressed CSV file, and of the beginning of an RDS file.
    let twice: [UInt8] = [
      0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x93, 0xEF, 0xE6, 0x60,
      0x00, 0x01, 0x26, 0xE6, 0xD5, 0x17, 0x3C, 0x9F, 0x1B, 0x5D, 0xF1, 0x7C, 0xC2, 0xC4,
      0x10, 0xBF, 0xC9, 0x62, 0x05, 0x48, 0x14, 0x00, 0xEA, 0x20, 0xD0, 0x90, 0x1C, 0x00,
      0x00, 0x00,
    ]
    #expect(message(twice) == "data: this is compressed twice with gzip: decompress it")
    let rds: [UInt8] = [
      0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x8B, 0xE0, 0x62, 0x60,
      0x60, 0x60, 0x66, 0x60, 0x61, 0x62, 0x00, 0x00, 0xDA, 0x94, 0xF8, 0xAE, 0x0A, 0x00,
      0x00, 0x00,
    ]
    #expect(
      message(rds) == "data: this is an RDS file: in R, write.csv(readRDS(...)) saves it as CSV")
  }

  /// Names of columns may begin as such files do.
  @Test func textIsText() {
    for name in ["PAR1", "BZh", "GIF8", "RDX3", "ustar", "Rar!"] {
      #expect(message(Array("\(name),x\n1,2\n".utf8)) == nil)
    }
  }
}
