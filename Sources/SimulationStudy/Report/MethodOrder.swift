import PoissonGLMM

/// The order of methods in every table and picture, so that a place means the same everywhere: this
/// package's approximations, each adding one idea to the one before, then all others by name.
enum MethodOrder {
  static func sorted(_ methods: [String]) -> [String] {
    methods.sorted { key($0) < key($1) }
  }

  private static let approximations = Approximation.allCases.map(\.rawValue)

  private static func key(_ method: String) -> (Int, String, String) {
    (
      approximations.firstIndex(of: method) ?? approximations.count, method.lowercased(), method
    )
  }
}
