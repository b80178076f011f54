@preconcurrency internal import CGSL

/// Facts about the GNU Scientific Library in use.
public enum GSL {
  /// The version of the linked library, for example `2.7.1`.
  public static var version: String { String(cString: gsl_version) }

  /// Turns off, once for the process, GSL's default error handler, which would end the process.
  ///
  /// Everything in this module that can fail inside GSL evaluates this first and checks the status
  /// it gets in return.
  static let errorsAreReturned: Void = {
    _ = gsl_set_error_handler_off()
  }()

  /// The same for a program that is to go on whatever fails.
  package static func returnErrors() { errorsAreReturned }
}

/// A numerical operation that could not be carried out.
public struct GSLError: Error, Equatable, Sendable, CustomStringConvertible {
  /// GSL's error number (`GSL_EDOM` is 1, `GSL_EINVAL` 4, `GSL_ENOMEM` 8, ...), from `gsl_errno.h`.
  public let code: Int
  /// What was being computed, for example `Cholesky decomposition`.
  public let operation: String
  /// What is wrong, and what was expected.
  public let message: String

  /// An error with these properties.
  public init(code: Int, operation: String, message: String) {
    self.code = code
    self.operation = operation
    self.message = message
  }

  /// What was being computed, and what is wrong with it.
  public var description: String { "\(operation): \(message)" }

  /// An argument outside what the operation is defined for.
  static func invalid(_ operation: String, _ message: String) -> GSLError {
    GSLError(code: GSL_EINVAL, operation: operation, message: message)
  }

  /// The memory for an object of GSL's could not be had.
  static func outOfMemory(_ operation: String) -> GSLError {
    GSLError(code: GSL_ENOMEM, operation: operation, message: "out of memory")
  }
}
