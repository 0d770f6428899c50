/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * A plugin of QEMU's emulator (docs/devel/tcg-plugins of QEMU) that counts
 * the instructions of a VM with one CPU, by the address of each block that
 * was translated.  Between the signs of guest/src/profmark.c; each pair leaves
 * a file "profile.1", "profile.2" and so on in QEMU's directory, with lines
 *
 *	ADDRESS (16 hexadecimal digits) INSTRUCTIONS
 *
 * A block that an exception leaves early counts as a whole.
 *
 * What is declared here is of version 3 of the plugins' interface (QEMU 9.0);
 * Debian has no header for it.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mark.h"

#define	EXPORT	__attribute__((visibility("default")))

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void	translated_t(plugin_id, struct qemu_plugin_tb *);
typedef void	executed_t(unsigned int, void *);

EXPORT int	qemu_plugin_version = 3;
EXPORT int	qemu_plugin_install(plugin_id, const void *, int, char **);

/* QEMU's. */
void	qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, translated_t *);
void	qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *,
	    executed_t *, int flags, void *);
void	qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *,
	    executed_t *, int flags, void *);
size_t	qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *,
	    size_t);
size_t	qemu_plugin_insn_data(const struct qemu_plugin_insn *, void *, size_t);

/* A translated block; QEMU may translate the same one again. */
struct block {
	struct block	*next;
	uint64_t	address;
	uint64_t	length;
	uint64_t	times;
};

static struct block *blocks;
static bool counting;
static int dumps;

static void
executed(unsigned int cpu __attribute__((unused)), void *arg)
{
	struct block *block = arg;

	block->times += counting;
}

static void
begin(unsigned int cpu __attribute__((unused)),
    void *arg __attribute__((unused)))
{

	for (struct block *b = blocks; b != NULL; b = b->next)
		b->times = 0;
	counting = true;
}

static void
end(unsigned int cpu __attribute__((unused)),
    void *arg __attribute__((unused)))
{
	char name[32];
	FILE *file;

	if (!counting)
		return;
	counting = false;
	snprintf(name, sizeof(name), "profile.%d", ++dumps);
	file = fopen(name, "w");
	if (file == NULL) {
		perror(name);
		exit(1);
	}
	for (struct block *b = blocks; b != NULL; b = b->next)
		if (b->times > 0)
			fprintf(file, "%016" PRIx64 " %" PRIu64 "\n",
			    b->address, b->times * b->length);
	if (fclose(file) != 0) {
		perror(name);
		exit(1);
	}
}

/* Which sign an instruction is, 0 for all others. */
static uint32_t
sign_of(const struct qemu_plugin_insn *insn)
{
	unsigned char code[16];
	uint32_t sign;

	if (qemu_plugin_insn_data(insn, code, sizeof(code)) != PROFMARK_LENGTH ||
	    memcmp(code, PROFMARK_OPCODE, PROFMARK_OPCODE_LENGTH) != 0)
		return (0);
	memcpy(&sign, code + PROFMARK_OPCODE_LENGTH, sizeof(sign));
	return (sign);
}

static void
translated(plugin_id id __attribute__((unused)), struct qemu_plugin_tb *tb)
{
	const size_t length = qemu_plugin_tb_n_insns(tb);
	struct qemu_plugin_insn *insn;
	struct block *block;

	block = calloc(1, sizeof(*block));
	if (block == NULL) {
		perror("profile");
		exit(1);
	}
	block->address = qemu_plugin_tb_vaddr(tb);
	block->length = length;
	block->next = blocks;
	blocks = block;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, executed, 0, block);
	for (size_t i = 0; i < length; i++) {
		insn = qemu_plugin_tb_get_insn(tb, i);
		switch (sign_of(insn)) {
		case PROFMARK_BEGIN:
			qemu_plugin_register_vcpu_insn_exec_cb(insn, begin, 0,
			    NULL);
			break;
		case PROFMARK_END:
			qemu_plugin_register_vcpu_insn_exec_cb(insn, end, 0,
			    NULL);
			break;
		}
	}
}

EXPORT int
qemu_plugin_install(plugin_id id, const void *info __attribute__((unused)),
    int argc __attribute__((unused)), char **argv __attribute__((unused)))
{

	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return (0);
}
