import CalculatorAPI

/// What the page shows for the cells, roles and options that it sends.
/// - Parameters:
///   - body: the page's request, JSON.
///   - limits: what it may cost; the caller sees to the limit of time.
/// - Returns: JSON.
/// - Throws: `RequestProblem`, or an error of the library whose description is the sentence.
public func calculatorAnswer(_ body: [UInt8], limits: RequestLimits) throws -> [UInt8] {
  throw RequestProblem(.failure, "The page's answers are not there yet.")
}
