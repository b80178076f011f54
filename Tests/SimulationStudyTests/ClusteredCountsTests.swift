import Testing

@testable import SimulationStudy
