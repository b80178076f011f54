import Foundation

@testable import PoissonGLMM

extension ByteInput {
  /// Reads bytes in memory, by way of a file that has no name any more.
  convenience init(bytes: [UInt8], name: String) {
    guard let file = tmpfile() else { fatalError("no temporary file can be made") }
    let isWritten = fwrite(bytes, 1, bytes.count, file) == bytes.count
    rewind(file)
    let descriptor = dup(fileno(file))
    fclose(file)
    guard isWritten, descriptor >= 0 else { fatalError("the temporary file cannot be written") }
    self.init(descriptor: descriptor, name: name, closesDescriptor: true)
  }
}
