extension FitOutput {
  /// A number, or null where there is none that JSON can hold.
  package struct JSONNumber: Encodable {
    let value: Double?

    package init(value: Double?) {
      self.value = value
    }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      if let value, value.isFinite {
        try container.encode(value)
      } else {
        try container.encodeNil()
      }
    }
  }
}
