/// An address by which users reach the server, as in `https://counts.example.org:8443`.
public struct ServerAddress: Sendable, Equatable, CustomStringConvertible {
  /// The address without a slash at its end.
  public let description: String

  /// - Parameter text: a scheme, a host and maybe a port, and nothing else: what is written into
  ///   files and scripts has no character in it that could end a text there.
  public init?(_ text: String) {
    let host = /https?:\/\/([A-Za-z0-9]([A-Za-z0-9.\-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])/
    let port = /:[0-9]{1,5}/
    guard text.utf8.count <= 300, let start = text.prefixMatch(of: host)?.range.upperBound,
      start == text.endIndex || text[start...].wholeMatch(of: port) != nil
    else { return nil }
    description = text
  }

  /// The address of a request.
  /// - Parameters:
  ///   - host: its `Host`.
  ///   - isSecure: whether it came by HTTPS.
  public init?(host: String, isSecure: Bool) {
    self.init((isSecure ? "https://" : "http://") + host)
  }
}
