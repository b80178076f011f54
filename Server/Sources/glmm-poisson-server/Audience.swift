import HTTPTypes

/// Who loads a file: headers tell browsers what it may do, and who may use it.
enum Audience {
  /// The server's own page and programs.
  case page
  /// Excel, which loads an add-in's files in frames and programs of its own.
  case office
  /// Excel, which shows an add-in's icons only where it may keep them.
  case officeIcons

  /// Of everything, so that an answer is never taken for something else.
  private static let common: HTTPFields = [
    .xContentTypeOptions: "nosniff",
    HTTPField.Name("Referrer-Policy")!: "no-referrer",
    .cacheControl: "no-store",
  ]

  var headers: HTTPFields {
    var headers = Self.common
    switch self {
    case .page:
      // The pictures have style sheets in themselves, which are not scripts.
      headers[.contentSecurityPolicy] =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        + "img-src 'self' data: blob:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'"
      headers[Self.openerPolicy] = "same-origin"
      headers[Self.resourcePolicy] = "same-origin"
    case .office, .officeIcons:
      // Office.js comes from Microsoft's server, and the frames around it are Microsoft's.
      headers[.contentSecurityPolicy] =
        "default-src 'none'; script-src 'self' https://appsforoffice.microsoft.com; "
        + "connect-src 'self' https://appsforoffice.microsoft.com; base-uri 'none'; "
        + "form-action 'none'"
      headers[Self.resourcePolicy] = "cross-origin"
      // Excel on the web reads functions.json from its own page.
      headers[.accessControlAllowOrigin] = "*"
      if self == .officeIcons { headers[.cacheControl] = "public, max-age=86400" }
    }
    return headers
  }

  private static let openerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
  private static let resourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")!
}
