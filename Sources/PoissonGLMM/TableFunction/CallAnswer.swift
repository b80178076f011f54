import PlatformEssentials

/// The answer of `call` as JSON text that ends with a line break.
package struct CallAnswer {
  package let text: String

  /// Numbers are written with the fewest digits that give the same double again. A table has one
  /// row a line.
  package init(_ answer: GLMMPoissonAnswer) {
    text =
      switch answer {
      case .table(let rows): "[\(rows.map(Self.json).joined(separator: ",\n "))]\n"
      case .error(let sentence): Self.json(sentence) + "\n"
      }
  }

  /// - Parameter error: the sentence that stands in place of a table.
  package init(error: String) {
    text = Self.json(error) + "\n"
  }

  /// Sentences as a JSON list.
  package static func list(_ sentences: [String]) -> String { json(sentences) }

  /// Tables and texts have nothing that JSON cannot hold: their numbers are finite.
  private static func json(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
  }
}

/// The answer to a JSON request, with the warnings that it has no room for.
package func glmmPoisson(
  json: [UInt8]
) -> (answer: GLMMPoissonAnswer, warnings: [String]) {
  do {
    return glmmPoissonWithWarnings(try GLMMPoissonRequest(json: json))
  } catch {
    return (.error(error.description), [])
  }
}
