/// One named column of a design matrix.
public struct DesignColumn: Sendable, Equatable {
  /// The name that results are reported under, for example `Intercept` or `lbase:trt`.
  public let name: String
  /// One value per row of the data.
  public let values: [Double]

  public init(name: String, values: [Double]) {
    self.name = name
    self.values = values
  }

  /// A column of ones, named `Intercept`.
  public static func intercept(rows: Int) -> DesignColumn {
    DesignColumn(name: "Intercept", values: Array(repeating: 1, count: rows))
  }
}
