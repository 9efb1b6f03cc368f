// Loops that could be longer than llvmpipe of Mesa 22.3 lets them be (65,535 turns of a fragment in all, then it leaves
// them in silence) are drawn in parts (plan/turns.py). Structure: PART: this pass takes the turns from `part_from` to
// before `part_to` of loop 0, 1 and 2, each within the one before; BEFORE: it goes on from the results of another pass,
// before0, before1; GOES_ON: another pass comes after it.
#ifdef PART
uniform ivec3 part_from, part_to;
#define TURNS_FROM(loop) part_from[loop]
#define TURNS_TO(loop, all) min(part_to[loop], all)
#else
#define TURNS_FROM(loop) 0
#define TURNS_TO(loop, all) (all)
#endif
