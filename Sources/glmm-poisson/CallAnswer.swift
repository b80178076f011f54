import Foundation
import PoissonGLMM

/// The answer of `call` as JSON text that ends with a line break.
struct CallAnswer {
  let text: String

  /// Numbers are written with the fewest digits that give the same double again. A table has one
  /// row a line.
  init(_ answer: GLMMPoissonAnswer) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    func json(_ value: some Encodable) throws -> String {
      String(decoding: try encoder.encode(value), as: UTF8.self)
    }
    switch answer {
    case .table(let rows):
      text = "[\(try rows.map(json).joined(separator: ",\n "))]\n"
    case .error(let sentence):
      text = "\(try json(sentence))\n"
    }
  }
}
