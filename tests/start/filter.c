/* SPDX-License-Identifier: MIT */
#include "filter.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

void fill_filter(struct libspawn_bpf filter[4], uint32_t number,
		 uint32_t answer)
{
	filter[0] = (struct libspawn_bpf){
		.code = BPF_LD | BPF_W | BPF_ABS,
		.operand = offsetof(struct seccomp_data, nr),
	};
	filter[1] = (struct libspawn_bpf){
		.code = BPF_JMP | BPF_JEQ | BPF_K,
		.jump_false = 1,
		.operand = number,
	};
	filter[2] = (struct libspawn_bpf){
		.code = BPF_RET | BPF_K,
		.operand = answer,
	};
	filter[3] = (struct libspawn_bpf){
		.code = BPF_RET | BPF_K,
		.operand = SECCOMP_RET_ALLOW,
	};
}
