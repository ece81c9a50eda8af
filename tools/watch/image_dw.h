/* SPDX-License-Identifier: MIT */
/* The code of a process, by libdw; stack_dw.c looks at its threads. */
#ifndef TOOLS_WATCH_IMAGE_DW_H
#define TOOLS_WATCH_IMAGE_DW_H

#include "inlines.h"
#include "registers.h"

enum { PAGE = 4096, KNOWN = 256 };

/* An address, and the functions that it is in. */
struct known {
	uint64_t address; /* 0: none */
	bool unwinds;	  /* something says how to find the caller */
	unsigned count;
	struct frame frames[INLINES_MAX];
};

struct image {
	Dwfl *dwfl;
	pid_t pid;
	bool has_threads;	    /* libdw may ask for them */
	struct registers registers; /* of the thread that is looked at */
	uint64_t page;		    /* of its memory, in bytes; 0: none */
	unsigned char bytes[PAGE];
	struct known known[KNOWN]; /* by address */
};

/* The image; a new one if need be; NULL if nothing can be known. */
struct image *image_for(struct image **image, pid_t pid);
/* The functions at that address of code. */
const struct known *image_know(struct image *image, uint64_t address);

#endif
