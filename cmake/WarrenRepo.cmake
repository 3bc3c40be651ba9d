# Checks of the repository itself. Each compiles what it needs by itself, so the preset makes no difference; each first plants
# what it looks for in a scratch directory and must find it.
file(GLOB conformance CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/engine/CONFORMANCE.md") # configures again when it appears
set(repo "${PROJECT_SOURCE_DIR}/engine/test/repo")
warren_test(repo.includes COMMAND Python3::Interpreter -B "${repo}/includes.py" LABELS repo)
warren_test(repo.headers COMMAND Python3::Interpreter -B "${repo}/headers.py" LABELS repo)
warren_test(repo.shape COMMAND Python3::Interpreter -B "${repo}/shape.py" LABELS repo)
warren_test(repo.readme COMMAND Python3::Interpreter -B "${repo}/readme.py" LABELS repo)
warren_test(repo.reasons COMMAND Python3::Interpreter -B "${repo}/reasons.py" LABELS repo)
warren_test(repo.recorded COMMAND Python3::Interpreter -B "${repo}/recorded.py" LABELS repo)
warren_test(repo.budget COMMAND Python3::Interpreter -B "${repo}/budget.py" LABELS repo)
foreach(compiler gcc clang-19)
    warren_test(repo.symbols-${compiler}
        COMMAND Python3::Interpreter -B "${repo}/symbols.py" --compiler ${compiler} engine LABELS repo)
endforeach()
warren_test(repo.symbols-sim COMMAND Python3::Interpreter -B "${repo}/symbols.py" --compiler gcc sim LABELS repo)
warren_test(cross.mcu
    COMMAND Python3::Interpreter -B "${repo}/symbols.py" --compiler arm-none-eabi-gcc --mcu engine LABELS cross)
if(conformance)
    warren_test(repo.conformance COMMAND Python3::Interpreter -B "${repo}/conformance.py" LABELS repo)
endif()
# Every sabotage fits the sources, and every check has one.
warren_test(repo.sabotage COMMAND Python3::Interpreter -B "${PROJECT_SOURCE_DIR}/tools/sabotage" --apply LABELS repo)
# A few sabotages, each of another family, are noticed.
warren_test(sabotage.sample
    COMMAND Python3::Interpreter -B "${PROJECT_SOURCE_DIR}/tools/sabotage" S2 S13 S22 L5 T1 LABELS sabotage)
# What one of them breaks is made smaller, and still breaks that check alone.
warren_test(sabotage.shrink
    COMMAND Python3::Interpreter -B "${PROJECT_SOURCE_DIR}/tools/sabotage" --shrink no-padding LABELS sabotage)
