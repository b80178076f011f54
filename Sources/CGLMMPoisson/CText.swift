#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A text in C's memory, for as long as this object lives.
///
/// Nobody writes to it once it is made, so that threads may share it.
final class CText: @unchecked Sendable {
  let pointer: UnsafePointer<CChar>?

  init(_ text: String) {
    pointer = UnsafePointer(Self.copy(of: text))
  }

  deinit {
    free(UnsafeMutableRawPointer(mutating: pointer))
  }

  /// A copy for `free`; nil without memory for it. A zero within the text would end it, and is
  /// shown as the sign for a character that cannot be.
  static func copy(of text: String) -> UnsafeMutablePointer<CChar>? {
    strdup(text.utf8.contains(0) ? text.replacing("\0", with: "\u{FFFD}") : text)
  }
}

/// Bytes in C's memory, likewise.
final class CBytes: @unchecked Sendable {
  let pointer: UnsafeRawPointer
  let count: Int

  init(_ bytes: [UInt8]) {
    let copy = UnsafeMutableRawPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
    bytes.withUnsafeBytes { source in
      UnsafeMutableRawBufferPointer(start: copy, count: bytes.count).copyMemory(from: source)
    }
    pointer = UnsafeRawPointer(copy)
    count = bytes.count
  }

  deinit {
    pointer.deallocate()
  }
}

/// What is wrong with the arguments of a call: one sentence.
struct ArgumentFault: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// The text at `pointer`.
/// - Parameter name: what a message calls it, with a capital letter.
func text(_ pointer: UnsafePointer<CChar>?, _ name: String) throws(ArgumentFault) -> String {
  guard let pointer else { throw ArgumentFault("\(name) is a null pointer.") }
  guard let text = String(validatingCString: pointer) else {
    throw ArgumentFault("\(name) is not UTF-8.")
  }
  return text
}

/// The bytes of the text at `pointer`, whatever they are; none for a null pointer.
func bytes(_ pointer: UnsafePointer<CChar>?) -> [UInt8] {
  guard let pointer else { return [] }
  return Array(UnsafeRawBufferPointer(start: pointer, count: strlen(pointer)))
}

/// The `count` elements at `pointer`.
/// - Parameter name: what a message calls them, with a capital letter.
func array<Element>(
  _ pointer: UnsafePointer<Element>?, _ count: Int64, _ name: String
) throws(ArgumentFault) -> UnsafeBufferPointer<Element> {
  guard count >= 0, count <= Int64.max / Int64(MemoryLayout<Element>.stride) else {
    throw ArgumentFault("\(name) cannot have a size of \(count).")
  }
  guard pointer != nil || count == 0 else { throw ArgumentFault("\(name) is a null pointer.") }
  return UnsafeBufferPointer(start: pointer, count: Int(count))
}
