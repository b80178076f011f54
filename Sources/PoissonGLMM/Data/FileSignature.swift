/// Files that are not text, known by their first bytes.
enum FileSignature {
  /// How many bytes `problem` looks at.
  static let length = 512

  /// Whether the bytes begin a gzip file.
  static func isGzip(_ head: ArraySlice<UInt8>) -> Bool { head.starts(with: [0x1F, 0x8B]) }

  /// What a file with these first bytes is, and what to do about it; nil if it may be text.
  static func problem(_ head: ArraySlice<UInt8>) -> String? {
    if isZip(head) { return zipContent(head) }
    if head.starts(with: "%PDF-".utf8) { return "this is a PDF document: save the table as CSV" }
    // Letters alone may be those of a column's name: in all of these, control characters follow.
    if head.contains(where: { $0 < 0x09 || (0x0E..<0x20).contains($0) }) {
      for (signature, problem) in signatures where head.starts(with: signature) { return problem }
      // The name of a tar archive's format stands behind that of its first file.
      if head.dropFirst(257).starts(with: "ustar".utf8) {
        return "this is a tar archive: take the CSV file out of it"
      }
    }
    if let problem = asciiR(head) { return problem }
    let start = head.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }.prefix(14)
    let text = String(decoding: start, as: UTF8.self).lowercased()
    if text.hasPrefix("<!doctype html") || text.hasPrefix("<html") {
      return "this is a web page, not the file itself: download the CSV file"
    }
    if text.hasPrefix("<?xml") { return "this is an XML document: save the table as CSV" }
    if text.hasPrefix("{\"") || text.hasPrefix("[{") {
      return "this is a JSON document: save the table as CSV"
    }
    return nil
  }

  /// What R writes with `ascii = TRUE`: the format's version, R's, and the oldest R that reads it,
  /// 2.3.0 or 3.5.0, a line each. The first line of `saveRDS` alone may be a column's name.
  private static func asciiR(_ head: ArraySlice<UInt8>) -> String? {
    let lines = String(decoding: head, as: UTF8.self).split(whereSeparator: \.isNewline).prefix(5)
    guard let first = lines.first else { return nil }
    if first == "RDA2" || first == "RDA3" { return rData }
    let isRDS = first == "A" && lines.count > 3 && ["131840", "197888"].contains(lines[3])
    return isRDS ? rds : nil
  }

  private static let rData = "this is an RData file: in R, write.csv() saves a table as CSV"
  private static let rds = "this is an RDS file: in R, write.csv(readRDS(...)) saves it as CSV"

  /// What bytes without the mark of an encoding are if they hold NUL, which text does not; nil if
  /// there is none.
  static func problemOfZeros(_ head: ArraySlice<UInt8>) -> String? {
    guard head.contains(0) else { return nil }
    let pairs = head.count / 2
    let zeros = [0, 1].map { parity in
      (0..<pairs).count { head[head.startIndex + 2 * $0 + parity] == 0 }
    }
    // Most letters of western text have one byte that is zero in UTF-16, always on the same side.
    return zeros.contains { $0 * 2 > pairs } && zeros.contains(0)
      ? "this seems to be UTF-16 without its mark: --encoding utf-16 reads it"
      : "this is not text: save the table as CSV"
  }

  /// A zip file begins with a member, with its end if it has none, or with the mark of one of
  /// several parts.
  private static func isZip(_ head: ArraySlice<UInt8>) -> Bool {
    head.starts(with: "PK".utf8)
      && [[3, 4], [5, 6], [7, 8]].contains(Array(head.dropFirst(2).prefix(2)))
  }

  /// The names of a zip file's first members may say what it is. Where they do not it may still be
  /// a workbook: programs put the members in any order.
  private static func zipContent(_ head: ArraySlice<UInt8>) -> String {
    let text = String(decoding: head, as: UTF8.self)
    if text.contains("opendocument.spreadsheet") {
      return "this is a LibreOffice spreadsheet: save it as CSV"
    }
    if ["[Content_Types].xml", "xl/", "_rels/", "docProps/"].contains(where: { text.contains($0) })
    {
      return "this is an Excel workbook: save it as CSV"
    }
    return "this is a zip archive, or a workbook such as .xlsx, which is one: take the CSV file "
      + "out of it, or save the table as CSV"
  }

  private static let signatures: [([UInt8], String)] = {
    let statistics = "save the data as CSV"
    let known: [(String, String)] = [
      ("PAR1", "this is a Parquet file: \(statistics)"),
      ("ARROW1", "this is an Arrow or Feather file: \(statistics)"),
      ("FEA1", "this is a Feather file: \(statistics)"),
      ("SQLite format 3\0", "this is an SQLite database: export the table as CSV"),
      ("RDX2\n", rData), ("RDX3\n", rData), ("X\n\0\0", rds),
      ("<stata_dta>", "this is a Stata file: \(statistics)"),
      ("$FL2", "this is an SPSS file: \(statistics)"),
      ("$FL3", "this is an SPSS file: \(statistics)"),
      ("MATLAB 5.0 MAT-file", "this is a MATLAB file: \(statistics)"),
      ("BZh", "this is compressed with bzip2: decompress it"),
      ("7z\u{BC}\u{AF}", "this is a 7-Zip archive: take the CSV file out of it"),
      ("Rar!\u{1A}", "this is a RAR archive: take the CSV file out of it"),
      ("GIF8", "this is a picture, not a table"),
    ]
    let binary: [([UInt8], String)] = [
      ([0xD0, 0xCF, 0x11, 0xE0], "this is an old Excel or other Office file: save it as CSV"),
      ([0x89, 0x48, 0x44, 0x46], "this is an HDF5 file: \(statistics)"),
      ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], "this is a NumPy file: \(statistics)"),
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "this is compressed with xz: decompress it"),
      ([0x28, 0xB5, 0x2F, 0xFD], "this is compressed with zstd: decompress it"),
      ([0x89, 0x50, 0x4E, 0x47], "this is a picture, not a table"),
      ([0xFF, 0xD8, 0xFF], "this is a picture, not a table"),
    ]
    // One scalar a byte.
    return binary + known.map { ($0.unicodeScalars.map { UInt8($0.value) }, $1) }
  }()
}
