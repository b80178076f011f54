/// What is said once the server listens.
struct Announcement: Sendable {
  /// The host that it listens on.
  let host: String
  let isSecure: Bool

  /// - Parameter port: the one that it listens on.
  func write(port: Int) {
    let scheme = isSecure ? "https" : "http"
    let place = "\(host.contains(":") ? "[\(host)]" : host):\(port)"
    StandardError.say("The calculator is at \(scheme)://\(place); Ctrl-C ends it.")
    guard !isLoopback else { return }
    let encryption = isSecure ? "" : ", and what they send is not encrypted"
    StandardError.say(
      "warning: It listens beyond this machine: whoever reaches \(place) can use it, without a "
        + "password\(encryption).")
  }

  private var isLoopback: Bool {
    host == "localhost" || host == "::1" || host.hasPrefix("127.")
  }
}
