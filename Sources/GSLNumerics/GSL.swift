@preconcurrency internal import CGSL

/// Facts about the GNU Scientific Library in use.
public enum GSL {
  /// The version of the linked library, for example `2.7.1`.
  public static var version: String { String(cString: gsl_version) }
}
