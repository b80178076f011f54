extension StringProtocol {
  /// The text without white space at its ends; Foundation's own function is among the parts that
  /// bring the world's languages along.
  package var trimmed: String {
    String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
