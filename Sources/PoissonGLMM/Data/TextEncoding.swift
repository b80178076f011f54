/// How a file writes letters as bytes. The mark that UTF-8 and UTF-16 may begin with always counts,
/// whatever is said here.
public enum TextEncoding: String, Sendable, CaseIterable {
  /// Almost every file of today; plain ASCII is UTF-8 too.
  case utf8 = "utf-8"
  /// What Excel calls Unicode text. Without its mark the bytes that are zero tell their order.
  case utf16 = "utf-16"
  /// Western European text of older programs, with Windows-1252's additions.
  case latin1 = "latin-1"
}

/// A file as text in UTF-8: decompressed, and decoded.
enum TextSource {
  /// - Throws: `CSVError` if the file is none of text.
  static func open(
    _ input: any ByteSource, encoding: TextEncoding
  ) throws(CSVError) -> PeekableSource {
    var source = PeekableSource(input)
    if FileSignature.isGzip(try source.peek(2)) {
      source = PeekableSource(try GzipSource(source))
      if FileSignature.isGzip(try source.peek(2)) {
        throw CSVError(
          .malformed, file: input.name, "this is compressed twice with gzip: decompress it")
      }
    }
    let head = try source.peek(FileSignature.length)
    if let problem = FileSignature.problem(head) {
      throw CSVError(.malformed, file: input.name, problem)
    }
    if head.starts(with: [0xEF, 0xBB, 0xBF]) {
      source.skip(3)
      return source
    }
    if head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) {
      source.skip(2)
      return PeekableSource(
        DecodedSource(source, decoder: UTF16Decoder(isBigEndian: head.first == 0xFE)))
    }
    switch encoding {
    case .utf16:
      // The first letter of a header is of a script whose upper byte is zero.
      return PeekableSource(
        DecodedSource(source, decoder: UTF16Decoder(isBigEndian: head.first == 0)))
    case .utf8, .latin1:
      if let problem = FileSignature.problemOfZeros(head) {
        throw CSVError(.malformed, file: input.name, problem)
      }
      return encoding == .utf8
        ? source : PeekableSource(DecodedSource(source, decoder: Latin1Decoder()))
    }
  }
}

/// Turns bytes into text, piece by piece.
private protocol TextDecoder {
  /// Appends in UTF-8 what `bytes` say, as far as it is whole.
  /// - Returns: whether the bytes so far are text.
  mutating func decode(_ bytes: UnsafeRawBufferPointer, into text: inout [UInt8]) -> Bool

  /// Whether a letter has begun and not ended.
  var isInsideLetter: Bool { get }
  /// For messages.
  var encodingName: String { get }
}

/// The text of a source of another encoding.
private final class DecodedSource<Decoder: TextDecoder>: ByteSource {
  private let source: any ByteSource
  private var decoder: Decoder
  private let encoded = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  private var text: [UInt8] = []
  private var position = 0

  init(_ source: any ByteSource, decoder: Decoder) {
    self.source = source
    self.decoder = decoder
  }

  deinit {
    encoded.deallocate()
  }

  var name: String { source.name }

  func read(into target: UnsafeMutableRawBufferPointer) throws(CSVError) -> Int {
    while position == text.count {
      position = 0
      text.removeAll(keepingCapacity: true)
      let count = try source.read(into: encoded)
      let isText = decoder.decode(
        UnsafeRawBufferPointer(rebasing: encoded[..<count]), into: &text)
      guard isText, count > 0 || !decoder.isInsideLetter else {
        throw CSVError(.malformed, file: name, "this is not valid \(decoder.encodingName)")
      }
      if count == 0 { return 0 }
    }
    let count = min(target.count, text.count - position)
    target.copyBytes(from: text[position..<position + count])
    position += count
    return count
  }
}

private struct UTF16Decoder: TextDecoder {
  let isBigEndian: Bool
  private var firstByte: UInt8?
  private var highSurrogate: UInt16?

  init(isBigEndian: Bool) {
    self.isBigEndian = isBigEndian
  }

  var isInsideLetter: Bool { firstByte != nil || highSurrogate != nil }
  var encodingName: String { "UTF-16" }

  mutating func decode(_ bytes: UnsafeRawBufferPointer, into text: inout [UInt8]) -> Bool {
    for byte in bytes {
      guard let first = firstByte else {
        firstByte = byte
        continue
      }
      firstByte = nil
      let unit = isBigEndian ? UInt16(first) << 8 | UInt16(byte) : UInt16(byte) << 8 | UInt16(first)
      if unit < 0x80 && highSurrogate == nil {
        text.append(UInt8(unit))
      } else if UTF16.isLeadSurrogate(unit) && highSurrogate == nil {
        highSurrogate = unit
      } else {
        let units = highSurrogate.map { [$0, unit] } ?? [unit]
        guard let letter = String(validating: units, as: UTF16.self) else { return false }
        text += letter.utf8
        highSurrogate = nil
      }
    }
    return true
  }
}

private struct Latin1Decoder: TextDecoder {
  var isInsideLetter: Bool { false }
  var encodingName: String { "Latin-1" }

  mutating func decode(_ bytes: UnsafeRawBufferPointer, into text: inout [UInt8]) -> Bool {
    for byte in bytes {
      switch byte {
      case ..<0x80: text.append(byte)
      case ..<0xA0: text += Self.additions[Int(byte) - 0x80]
      default:
        text.append(0xC0 | byte >> 6)
        text.append(0x80 | byte & 0x3F)
      }
    }
    return true
  }

  /// What Windows-1252 has in place of 32 control characters, in UTF-8; the five that it leaves
  /// free stay what they are.
  private static let additions: [[UInt8]] =
    "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8D}Ž\u{8F}\u{90}‘’“”•–—˜™š›œ\u{9D}žŸ".unicodeScalars.map {
      Array(String($0).utf8)
    }
}
