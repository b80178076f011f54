import CVectorKernels

/// Which instructions the kernels in C are to use.
enum VectorInstructions {
  /// The widest set that this processor has.
  static let here = vector_instructions_here()
}
