/* A rand() for programs that fill much memory with it, a byte at a time: the C library's takes a lock at each call, which an emulated CPU is slow at. */
int rand(void)
{
	static __thread unsigned state = 1;
	state = state * 1103515245u + 12345;
	return state >> 1;
}
