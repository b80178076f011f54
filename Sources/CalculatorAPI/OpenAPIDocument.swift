import PoissonGLMM

/// How the API is written, for programs: OpenAPI 3.1.
public enum OpenAPIDocument {
  /// The document, JSON.
  public static let json: [UInt8] = Array(
    String(decoding: PackageResources.openapi_json, as: UTF8.self)
      .replacing("\"VERSION\"", with: "\"\(packageVersion)\"").utf8)
}
