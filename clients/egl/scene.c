/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <GLES2/gl2.h>

#include "scene.h"

#define TRIANGLES 7
#define PI 3.14159265358979323846

struct scene {
	GLuint program;
	GLint angle, scale, color;
	bool upside_down;
};

static const char vertex_source[] =
	"attribute vec2 at;\n"
	"uniform float angle;\n"
	"uniform vec2 scale;\n"
	"void main() {\n"
	"	float s = sin(angle), c = cos(angle);\n"
	"	vec2 turned = vec2(at.x * c - at.y * s, at.x * s + at.y * c);\n"
	"	gl_Position = vec4(turned * scale, 0.0, 1.0);\n"
	"}\n";

static const char fragment_source[] = "precision mediump float;\n"
				      "uniform vec3 color;\n"
				      "void main() {\n"
				      "	gl_FragColor = vec4(color, 1.0);\n"
				      "}\n";

static GLuint compile(GLenum type, const char *source)
{
	GLuint shader = glCreateShader(type);
	GLint ok = GL_FALSE;
	glShaderSource(shader, 1, &source, NULL);
	glCompileShader(shader);
	glGetShaderiv(shader, GL_COMPILE_STATUS, &ok);
	if (!ok) {
		char log[1024] = "";
		glGetShaderInfoLog(shader, sizeof(log), NULL, log);
		fprintf(stderr, "shader: %s\n", log);
		glDeleteShader(shader);
		return 0;
	}
	return shader;
}

static GLuint link_program(void)
{
	GLuint vertex = compile(GL_VERTEX_SHADER, vertex_source);
	GLuint fragment = compile(GL_FRAGMENT_SHADER, fragment_source);
	GLuint program = 0;
	GLint ok = GL_FALSE;
	if (vertex != 0 && fragment != 0) {
		program = glCreateProgram();
		glAttachShader(program, vertex);
		glAttachShader(program, fragment);
		glBindAttribLocation(program, 0, "at");
		glLinkProgram(program);
		glGetProgramiv(program, GL_LINK_STATUS, &ok);
	}
	glDeleteShader(vertex);
	glDeleteShader(fragment);
	if (!ok) {
		glDeleteProgram(program);
		return 0;
	}
	return program;
}

int scene_create(struct scene **out)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	if (scene == NULL) {
		return -ENOMEM;
	}
	scene->program = link_program();
	if (scene->program == 0) {
		free(scene);
		return -ENOTSUP;
	}
	scene->angle = glGetUniformLocation(scene->program, "angle");
	scene->scale = glGetUniformLocation(scene->program, "scale");
	scene->color = glGetUniformLocation(scene->program, "color");
	*out = scene;
	return 0;
}

void scene_destroy(struct scene *scene)
{
	if (scene != NULL) {
		glDeleteProgram(scene->program);
		free(scene);
	}
}

void scene_set_upside_down(struct scene *scene, bool upside_down)
{
	scene->upside_down = upside_down;
}

static float wave(double turn)
{
	return (float)(0.5 + 0.5 * sin(2 * PI * turn));
}

void scene_draw(const struct scene *scene, uint32_t width, uint32_t height, unsigned frame)
{
	static const GLfloat corners[] = {0.0f, 1.0f, -0.87f, -0.5f, 0.87f, -0.5f};
	double turn = frame / 120.0;
	glViewport(0, 0, (GLsizei)width, (GLsizei)height);
	glClearColor(0.3f * wave(turn), 0.3f * wave(turn + 0.33), 0.3f * wave(turn + 0.66), 1.0f);
	glClear(GL_COLOR_BUFFER_BIT);
	glUseProgram(scene->program);
	glEnableVertexAttribArray(0);
	glVertexAttribPointer(0, 2, GL_FLOAT, GL_FALSE, 0, corners);
	for (int i = 0; i < TRIANGLES; i++) {
		float size = 0.95f * (float)(TRIANGLES - i) / TRIANGLES;
		float aspect = (float)height / (float)width;
		glUniform1f(scene->angle, (float)(2 * PI * (turn * (i + 1) * 0.25)));
		float height_scale = size * (aspect > 1 ? 1 / aspect : 1);
		glUniform2f(scene->scale, size * (aspect < 1 ? aspect : 1),
			scene->upside_down ? -height_scale : height_scale);
		glUniform3f(scene->color, wave(turn + i * 0.14), wave(turn + i * 0.14 + 0.33),
			wave(turn + i * 0.14 + 0.66));
		glDrawArrays(GL_TRIANGLES, 0, 3);
	}
	glDisableVertexAttribArray(0);
}
