# Cortex-M3, no operating system, no C library: what the engine and the portable provider must compile to.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_AR arm-none-eabi-ar)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_FLAGS_INIT
    "-mcpu=cortex-m3 -mthumb -ffreestanding -ffunction-sections -fdata-sections -isystem ${CMAKE_CURRENT_LIST_DIR}/freestanding")
