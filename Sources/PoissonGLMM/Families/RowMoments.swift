/// The expectations of a row's log density, without its constant, and of its derivatives by eta;
/// and its derivatives by the parameters of the family.
struct RowMoments {
  var value = 0.0
  var first = 0.0
  var second = 0.0
  var third = 0.0
  var fourth = 0.0
  /// By d.
  var overdispersionSlope = 0.0
  /// By logit pi.
  var shareSlope = 0.0
}
