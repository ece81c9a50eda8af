-- SPDX-License-Identifier: MIT
-- Start a program through libspawn, from LuaJIT.
--
-- usage: luajit spawn_luajit.lua LIBRARY HEADER CWD PROGRAM [ARGUMENTS...]
--
-- The program has CWD as its directory, writes both of its outputs into one
-- pipe and may open 64 files. What it wrote is printed; if it can't be started,
-- the step that failed is. LuaJIT reads declarations of C: HEADER is
-- libspawn.h, of which no more than the preprocessor's lines are left out.
local ffi = require("ffi")

local function declare(header)
	local file = assert(io.open(header))
	local text = file:read("*a"):gsub("/%*.-%*/", "")
	file:close()
	text = text:gsub("#ifdef __cplusplus.-#endif", "")
	-- A directive goes on after a backslash.
	text = ("\n" .. text):gsub("\\\n", " "):gsub("\n#[^\n]*", "\n")
	ffi.cdef((text:gsub("LIBSPAWN_API", "")))
	ffi.cdef([[
		int waitpid(int pid, int *status, int options);
		long read(int fd, void *buffer, size_t size);
		int close(int fd);
	]])
end

local path, header, cwd = arg[1], arg[2], arg[3]
local KEEP_HARD, RLIMIT_NOFILE = 2, 7 -- a macro; a number of Linux

declare(header)
local C, lib = ffi.C, ffi.load(path)

-- All zero, and so with a NULL at the end. What it points to are Lua's strings,
-- which live as long as the table that has them.
local argv = ffi.new("const char *[?]", #arg - 3 + 1)
for n = 4, #arg do
	argv[n - 4] = arg[n]
end
local output = ffi.new("int32_t[1]", -1)
local fds = ffi.new("struct libspawn_fd[2]", {
	{ child_fd = 1, kind = lib.LIBSPAWN_FD_PIPE_WRITE, parent_end = output },
	{ child_fd = 2, kind = lib.LIBSPAWN_FD_SAME, entry = 0 },
})
local rlimits = ffi.new("struct libspawn_rlimit[1]", {
	{ resource = RLIMIT_NOFILE, soft = 64, flags = KEEP_HARD },
})
local options = ffi.new("struct libspawn_options", {
	size = ffi.sizeof("struct libspawn_options"),
	search = lib.LIBSPAWN_SEARCH_PARENT_PATH,
	cwd = cwd,
	fds = fds,
	fd_count = 2,
	rlimits = rlimits,
	rlimit_count = 1,
})
local process = ffi.new("struct libspawn_process")
local err = ffi.new("struct libspawn_error")
local arguments = ffi.cast("char *const *", argv)

if lib.libspawn_start(process, argv[0], arguments, options, err) ~= 0 then
	local sentence = ffi.new("char[256]")
	lib.libspawn_explain(sentence, 256, err, argv[0], arguments, options)
	io.stderr:write(("step %d (%s), index %d: %s\n"):format(err.step,
		ffi.string(lib.libspawn_step_name(err.step)), err.index,
		ffi.string(sentence)))
	os.exit(1)
end

local buffer, written = ffi.new("char[4096]"), {}
local count = C.read(output[0], buffer, 4096)
while count > 0 do
	written[#written + 1] = ffi.string(buffer, count)
	count = C.read(output[0], buffer, 4096)
end
C.close(output[0])
local status = ffi.new("int[1]")
C.waitpid(process.pid, status, 0)
io.write(("backend %s, exit status %d, wrote:\n%s"):format(
	ffi.string(lib.libspawn_backend_name(process.backend)),
	bit.rshift(status[0], 8), table.concat(written)))
