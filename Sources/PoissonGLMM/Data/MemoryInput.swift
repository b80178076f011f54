/// A text that is in memory, read as a file is.
final class MemoryInput: ByteSource {
  let name: String
  private let bytes: [UInt8]
  private var position = 0

  /// - Parameters:
  ///   - bytes: the text.
  ///   - name: what messages call it.
  init(bytes: [UInt8], name: String) {
    self.bytes = bytes
    self.name = name
  }

  func read(into target: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(target.count, bytes.count - position)
    target.copyBytes(from: bytes[position..<position + count])
    position += count
    return count
  }
}
