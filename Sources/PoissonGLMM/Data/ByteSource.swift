/// Where a reader takes its bytes from, a buffer at a time.
protocol ByteSource: AnyObject {
  /// The name of the file for messages.
  var name: String { get }

  /// Fills the beginning of `target` with the next bytes.
  /// - Returns: how many; 0 at the end.
  func read(into target: UnsafeMutableRawBufferPointer) throws(CSVError) -> Int
}

/// A source whose first bytes can be looked at before they are read: also a pipe, which cannot be
/// rewound.
final class PeekableSource: ByteSource {
  private let source: any ByteSource
  /// Bytes that were taken from the source and not read yet, from `position` on.
  private var ahead: [UInt8] = []
  private var position = 0

  init(_ source: any ByteSource) {
    self.source = source
  }

  var name: String { source.name }

  /// The next `count` bytes, or fewer if the source ends before.
  func peek(_ count: Int) throws(CSVError) -> ArraySlice<UInt8> {
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 1), alignment: 16)
    defer { piece.deallocate() }
    while ahead.count - position < count {
      let missing = position + count - ahead.count
      let added = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: piece[..<missing]))
      if added == 0 { break }
      ahead += piece[..<added]
    }
    return ahead[position...].prefix(count)
  }

  /// Passes over `count` bytes that have been looked at.
  func skip(_ count: Int) {
    position = min(position + count, ahead.count)
  }

  func read(into target: UnsafeMutableRawBufferPointer) throws(CSVError) -> Int {
    guard position < ahead.count else { return try source.read(into: target) }
    let count = min(target.count, ahead.count - position)
    target.copyBytes(from: ahead[position..<position + count])
    position += count
    if position == ahead.count { (ahead, position) = ([], 0) }
    return count
  }
}
