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
}
