import ServeArguments

/// What is said once the server listens.
struct Announcement {
  private let arguments: ServeArguments
  private let port: Int

  /// - Parameter port: the one that it listens on.
  init(_ arguments: ServeArguments, port: Int?) {
    self.arguments = arguments
    self.port = port ?? arguments.port
  }

  func write() {
    let scheme = arguments.certificate == nil ? "http" : "https"
    let host = arguments.bind.contains(":") ? "[\(arguments.bind)]" : arguments.bind
    StandardError.say("The calculator is at \(scheme)://\(host):\(port); Ctrl-C ends it.")
    if !isLoopback {
      StandardError.say(
        "warning: it listens beyond this machine: whoever reaches \(host):\(port) can use it, "
          + "without a password\(arguments.certificate == nil ? ", and what they send is not "
            + "encrypted" : "").")
    }
  }

  private var isLoopback: Bool {
    let host = arguments.bind
    return host == "localhost" || host == "::1" || host.hasPrefix("127.")
  }
}
