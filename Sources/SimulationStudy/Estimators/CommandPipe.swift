import Foundation

/// A pipe between this process and another one. Ends that are left open are closed with the object.
final class CommandPipe {
  private(set) var reading: Int32
  private(set) var writing: Int32

  /// - Throws: `ProgramError` if the operating system has no more.
  init() throws(ProgramError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw .broken("no pipe can be made: \(String(cString: strerror(errno)).lowercased()).")
    }
    // Programs that are started later do not inherit the ends: they would keep them open.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    reading = ends[0]
    writing = ends[1]
  }

  deinit {
    closeReading()
    closeWriting()
  }

  func closeReading() {
    if reading >= 0 { close(reading) }
    reading = -1
  }

  func closeWriting() {
    if writing >= 0 { close(writing) }
    writing = -1
  }

  /// How much of what was written has not been read by anybody. Where the system does not tell, as
  /// on Darwin, it is taken for read.
  var unread: Int {
    var count: Int32 = 0
    return ioctl(writing, UInt(FIONREAD), &count) == 0 ? Int(count) : 0
  }

  /// This process never waits in `read` or `write`; the other process has the other end and may.
  func makeReadingNonblocking() { _ = fcntl(reading, F_SETFL, O_NONBLOCK) }
  func makeWritingNonblocking() { _ = fcntl(writing, F_SETFL, O_NONBLOCK) }

  enum Transfer {
    case bytes(Int)
    case wouldBlock
    /// The other end is closed.
    case closed
  }

  /// Writes what fits. Where nobody reads any more, the signal that would end this process is held
  /// back.
  func write(_ bytes: ArraySlice<UInt8>) -> Transfer {
    var brokenPipe = sigset_t()
    sigemptyset(&brokenPipe)
    sigaddset(&brokenPipe, SIGPIPE)
    var previous = sigset_t()
    pthread_sigmask(SIG_BLOCK, &brokenPipe, &previous)
    defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
    let (count, code) = bytes.withUnsafeBytes { buffer in
      (Foundation.write(writing, buffer.baseAddress, buffer.count), errno)
    }
    if count >= 0 { return .bytes(count) }
    if code == EAGAIN || code == EINTR { return .wouldBlock }
    if code == EPIPE {
      var pending = sigset_t()
      sigpending(&pending)
      var number: Int32 = 0
      // A signal that was blocked before is somebody else's.
      if sigismember(&pending, SIGPIPE) == 1, sigismember(&previous, SIGPIPE) == 0 {
        sigwait(&brokenPipe, &number)
      }
    }
    return .closed
  }

  /// Reads what is there and appends it.
  func read(into bytes: inout [UInt8]) -> Transfer {
    let (count, code, chunk) = withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) {
      buffer in
      let count = Foundation.read(reading, buffer.baseAddress, buffer.count)
      return (count, errno, [UInt8](buffer.prefix(max(0, count))))
    }
    if count > 0 {
      bytes += chunk
      return .bytes(count)
    }
    if count < 0, code == EAGAIN || code == EINTR { return .wouldBlock }
    return .closed
  }
}
