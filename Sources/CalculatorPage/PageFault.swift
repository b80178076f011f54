import PlatformEssentials
import PoissonGLMM

/// What is wrong with what somebody has entered, beside the field where it is.
struct PageFault: Error, Encodable, Equatable {
  /// The fields of the page.
  enum Field: String, Encodable {
    case data, formula, options, fit
  }

  let field: Field
  let sentence: String
  /// In the formula, the number of characters before the place.
  var position: Int?

  init(_ field: Field, _ sentence: String, position: Int? = nil) {
    (self.field, self.sentence, self.position) = (field, sentence, position)
  }

  /// What the library has against the input; nil for any other error, and where the time for the
  /// fit is over.
  /// - Parameter dataNames: what messages may call the data.
  init?(_ error: any Error, dataNames: [String]) {
    switch error {
    case let fault as PageFault: self = fault
    case let error as FormulaError:
      self.init(.formula, error.message, position: error.position)
    case let error as CSVError: self.init(.data, Self.onPage(error.description))
    case let error as ModelError:
      // What is about a row names its place in the cells; what is not is about the model.
      let isAboutCells = dataNames.contains { error.description.contains("\($0):") }
      self.init(isAboutCells ? .data : .fit, Self.onPage(error.description))
    case let error as FitError:
      guard (try? FitLimit.check()) != nil else { return nil }
      self.init(.fit, error.description)
    default: return nil
    }
  }

  /// Where a sentence advises an option of the command, the page has a field.
  static func onPage(_ sentence: String) -> String {
    [
      ("and --decimal , reads a comma", "and 'Before decimals' may say a comma"),
      ("--decimal , reads them as numbers", "'Before decimals' may say a comma"),
      ("--decimal , reads it", "'Before decimals' may say a comma"),
      ("and --decimal , was given", "where 'Before decimals' says a comma"),
      ("as --decimal , says", "as 'Before decimals' says"),
      ("or what --na lists", "or what 'Missing values' lists"),
      ("--encoding latin-1 may read it", "choose it as a file"),
      ("--encoding utf-16 reads it", "save it as UTF-8"),
    ].reduce(sentence) { $0.replacing($1.0, with: $1.1) }
  }
}
