// swift-tools-version: 6.0
import PackageDescription

// A study of one's own in Swift, with an estimator, a generator and a measure of its own.
// Elsewhere the dependency is a URL in place of the path.
let package = Package(
  name: "swift-study",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "glmm-poisson", path: "../..")],
  targets: [
    .executableTarget(
      name: "study",
      dependencies: [
        .product(name: "SimulationStudy", package: "glmm-poisson"),
        .product(name: "PoissonGLMM", package: "glmm-poisson"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
