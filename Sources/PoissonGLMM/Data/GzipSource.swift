@preconcurrency internal import CZlib

/// The bytes that a gzip file holds, of all its members one after the other.
final class GzipSource: ByteSource {
  private let source: any ByteSource
  private let stream: UnsafeMutablePointer<z_stream>
  private let compressed: UnsafeMutableRawBufferPointer
  /// Whether a member has begun and not ended.
  private var isInside = true
  private var ended = false

  init(_ source: any ByteSource) throws(CSVError) {
    self.source = source
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    compressed = .allocate(byteCount: 1 << 16, alignment: 16)
    // The largest window, and 16 for a gzip header.
    let status = inflateInit2_(
      stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw failure("there is no memory to decompress it") }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    compressed.deallocate()
  }

  var name: String { source.name }

  func read(into target: UnsafeMutableRawBufferPointer) throws(CSVError) -> Int {
    stream.pointee.next_out = target.assumingMemoryBound(to: UInt8.self).baseAddress
    stream.pointee.avail_out = UInt32(clamping: target.count)
    let room = Int(stream.pointee.avail_out)
    while !ended, Int(stream.pointee.avail_out) == room {
      guard try hasInput() else {
        ended = true
        if isInside { throw failure("the compressed data end too early: the file is cut off") }
        break
      }
      if !isInside, try !beginMember() {
        // Padding, which gzip itself passes over as well.
        ended = true
        break
      }
      switch inflate(stream, Z_NO_FLUSH) {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END: isInside = false
      default: throw failure("the compressed data are damaged")
      }
    }
    return room - Int(stream.pointee.avail_out)
  }

  /// Whether there are compressed bytes, reading more if need be.
  private func hasInput() throws(CSVError) -> Bool {
    if stream.pointee.avail_in > 0 { return true }
    let count = try source.read(into: compressed)
    stream.pointee.next_in = compressed.assumingMemoryBound(to: UInt8.self).baseAddress
    stream.pointee.avail_in = UInt32(count)
    return count > 0
  }

  private func beginMember() throws(CSVError) -> Bool {
    guard stream.pointee.next_in[0] == 0x1F else { return false }
    guard inflateReset(stream) == Z_OK else { throw failure("the compressed data are damaged") }
    isInside = true
    return true
  }

  private func failure(_ message: String) -> CSVError {
    CSVError(.malformed, file: name, message)
  }
}
